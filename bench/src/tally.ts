import { type Agent, request } from 'node:http';

/** What became of many requests. */
export interface Tally {
  /** Of each answered request, ms. */
  readonly ms: number[];
  readonly failures: Map<string, number>;
}

export const tally = (): Tally => ({ ms: [], failures: new Map() });

/** Counts a request begun at `started` (performance.now()); `failure` says why it failed. */
export function note({ ms, failures }: Tally, started: number, failure: string | null): void {
  if (failure === null) ms.push(performance.now() - started);
  else failures.set(failure, (failures.get(failure) ?? 0) + 1);
}

/** Sends a request (with a body: a remote write) and reads its answer; gives the reason when it failed. */
export function call(agent: Agent, url: string, body?: Uint8Array): Promise<string | null> {
  return new Promise((resolve) => {
    const headers =
      body === undefined
        ? {}
        : { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'content-length': body.length };
    const outgoing = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        if (text.length < 300) text += chunk;
      });
      incoming.on('end', () =>
        resolve((incoming.statusCode ?? 0) < 300 ? null : `${incoming.statusCode}: ${text.slice(0, 160)}`),
      );
    });
    outgoing.on('error', (error) => resolve(error.message));
    outgoing.end(body);
  });
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** One line: how many were answered, how fast, how many failed and why. */
export function describeTally(name: string, { ms, failures }: Tally): string {
  ms.sort((a, b) => a - b);
  const at = (share: number): string => (ms[Math.min(ms.length - 1, Math.floor(ms.length * share))] ?? 0).toFixed(1);
  const failed = [...failures].map(([why, n]) => `${n} × ${why}`).join('; ');
  return `${name}: ${ms.length} answered, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms, ${failed === '' ? 'none failed' : `FAILED ${failed}`}`;
}
