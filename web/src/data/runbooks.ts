/** Our own API of runbooks. */
import * as contract from '@trilith/contract';
import { getJson } from './http.ts';

export function fetchRunbooks(signal?: AbortSignal): Promise<contract.RunbooksAnswer> {
  return getJson('/api/runbooks', {}, contract.runbooksAnswer, signal);
}

/** @param given values of labels that somebody typed */
export function fetchRunbook(
  name: string,
  alert: string | null,
  given: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<contract.RunbookAnswer> {
  const labels = Object.fromEntries(Object.entries(given).map(([label, value]) => [`label.${label}`, value]));
  const path = `/api/runbooks/${name.split('/').map(encodeURIComponent).join('/')}`;
  return getJson(path, { ...labels, alert }, contract.runbookAnswer, signal);
}

/** The runbooks of alerts, by fingerprint. */
export function fetchAlertRunbooks(signal?: AbortSignal): Promise<contract.AlertRunbooksAnswer> {
  return getJson('/api/alerts/runbooks', {}, contract.alertRunbooksAnswer, signal);
}
