/** Our own API of drills and of the proof that pages would arrive. */
import * as contract from '@trilith/contract';
import { getJson, sendJson } from './http.ts';

/** Runs, the newest first, and the drills that files of the configuration bring. */
export function fetchDrills(signal?: AbortSignal): Promise<contract.DrillsAnswer> {
  return getJson('/api/drills', {}, contract.drillsAnswer, signal);
}

/** One run; undefined where there is none of this id. */
export async function fetchDrill(id: string, signal?: AbortSignal): Promise<contract.DrillRun | undefined> {
  return (await getJson(`/api/drills/${encodeURIComponent(id)}`, {}, contract.drillRunsAnswer, signal)).runs[0];
}

/** Starts the drill of this name; answers with the run as soon as it is under way. */
export async function startDrill(name: string, trueTime: boolean): Promise<contract.DrillRun | undefined> {
  return (await sendJson('POST', '/api/drills', {}, { name, trueTime }, contract.drillRunsAnswer)).runs[0];
}

export async function stopDrill(id: string): Promise<void> {
  await sendJson('DELETE', `/api/drills/${encodeURIComponent(id)}`, {}, undefined, contract.drillRunsAnswer);
}

/** Whether the page of each rule would arrive, the doubtful ones first; with `all` also of rules that do not page. */
export function fetchProof(all: boolean, signal?: AbortSignal): Promise<contract.ProofAnswer> {
  return getJson('/api/alerts/proof', { all: all ? '1' : null }, contract.proofAnswer, signal);
}
