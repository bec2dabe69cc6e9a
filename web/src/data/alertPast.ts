/** What happened to alerts, what would have, and why: the ledger, backtests, proof and routes. */
import * as contract from '@trilith/contract';
import * as v from 'valibot';
import { ends, type Range } from '../time/range.ts';
import { ApiFailure, getJson, sendJson } from './http.ts';

/** Labels as the parameters `label.NAME`. */
function labelParams(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label.${name}`, value]));
}

export interface AlertSubject {
  /** Name of an alert; empty for all. */
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
}

export function fetchAlertHistory(
  { alert, labels }: AlertSubject,
  range: Range,
  signal?: AbortSignal,
): Promise<contract.AlertHistoryAnswer> {
  return getJson(
    '/api/alerts/history',
    { alert, ...labelParams(labels), ...ends(range) },
    contract.alertHistoryAnswer,
    signal,
  );
}

export function fetchNoiseReport(range: Range, signal?: AbortSignal): Promise<contract.NoiseReport> {
  return getJson('/api/alerts/noise', ends(range), contract.noiseReport, signal);
}

export interface WhyQuestion extends AlertSubject {
  readonly receiver: string;
  /** Null for now. */
  readonly atMs: number | null;
}

export function fetchWhy(
  { alert, labels, receiver, atMs }: WhyQuestion,
  signal?: AbortSignal,
): Promise<contract.WhyAnswer> {
  return getJson('/api/alerts/why', { alert, ...labelParams(labels), receiver, at: atMs }, contract.whyAnswer, signal);
}

export function runBacktest(request: contract.BacktestRequest): Promise<contract.BacktestAnswer> {
  return sendJson('POST', '/api/alerts/backtest', {}, request, contract.backtestAnswer);
}

/** How far a backtest is; null when none of that name runs. */
export async function fetchBacktestProgress(
  id: string,
  signal?: AbortSignal,
): Promise<contract.BacktestProgress | null> {
  try {
    return await getJson(`/api/alerts/backtest/${encodeURIComponent(id)}`, {}, contract.backtestProgress, signal);
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return null;
    throw error;
  }
}

export function fetchAlertRoutes(signal?: AbortSignal): Promise<contract.AlertRoutesAnswer> {
  return getJson('/api/alerts/routes', {}, contract.alertRoutesAnswer, signal);
}

/** Whom an alert with these labels would be told to now. Nothing is told. */
export function testRoutes(labels: Readonly<Record<string, string>>): Promise<contract.RouteTestAnswer> {
  return sendJson('POST', '/api/alerts/routes/test', {}, { labels }, contract.routeTestAnswer);
}

/** Names of the receivers of the configuration. */
export async function fetchReceivers(signal?: AbortSignal): Promise<readonly string[]> {
  const answer = v.array(v.object({ name: v.string() }));
  return (await getJson('/alertmanager/api/v2/receivers', {}, answer, signal)).map(({ name }) => name);
}

/** Sends a notification marked as a test through every integration of a receiver: what each provider answered. */
export function testReceiver(receiver: string): Promise<contract.ReceiverTestAnswer> {
  return sendJson('POST', '/api/v2/receivers/test', {}, { receiver }, contract.receiverTestAnswer);
}

/** Whether the page of each rule would arrive, whatever its severity. */
export function fetchProofOfAll(signal?: AbortSignal): Promise<contract.ProofAnswer> {
  return getJson('/api/alerts/proof', { all: '1' }, contract.proofAnswer, signal);
}
