import type { ServiceName } from '../topology.ts';

/** Services whose faults are drilled. */
const DRILLED: readonly ServiceName[] = ['payments-api', 'fraud-consumer', 'ledger', 'notifications'];

/** Longer ago than what evidence is looked for in, and within the time that this is compared with, ms. */
const LONG_AGO_MS = 90 * 60_000;
/** What the change is called. */
export const CHANGE = 'limits of the demo raised';

/**
 * A change shortly before, and an error of each service long before: of a service that had none no error is told to be
 * new.
 */
export async function givePast(url: string): Promise<void> {
  const timeNs = `${Date.now() - LONG_AGO_MS}000000`;
  const streams = DRILLED.map((service) => ({
    stream: { service, level: 'error' },
    values: [[timeNs, 'a certificate was about to end']],
  }));
  const told: readonly (readonly [path: string, body: unknown])[] = [
    ['/loki/api/v1/push', { streams }],
    ['/api/changes', { kind: 'config', title: CHANGE }],
  ];
  for (const [path, body] of told) {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
    await response.arrayBuffer();
  }
}

/** Asks for logs, patterns and traces once: a system that is drilled has been looked at before, and is not asked for the first time. */
export async function lookAround(url: string): Promise<void> {
  const nowMs = Date.now();
  const [toSeconds, hourSeconds] = [Math.floor(nowMs / 1000), 3_600];
  const times = { start: String(toSeconds - hourSeconds), end: String(toSeconds) };
  const range = { from: String(nowMs - hourSeconds * 1000), to: String(nowMs), buckets: '1' };
  for (const service of DRILLED) {
    const query = `{service="${service}", level=~"ERROR|CRITICAL|FATAL"}`;
    const q = `{ resource.service.name = "${service}" && status = error }`;
    const questions = [
      `/loki/api/v1/query_range?${new URLSearchParams({ query, ...times })}`,
      `/api/logs/patterns?${new URLSearchParams({ query, ...range })}`,
      `/tempo/api/search?${new URLSearchParams({ q, ...times })}`,
    ];
    await Promise.all(questions.map(async (question) => (await fetch(url + question)).arrayBuffer()));
  }
}
