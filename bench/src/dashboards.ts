/**
 * Many people look at dashboards while data comes in: clients refresh 20 panels each every so often, beside remote writes at
 * a steady rate. Fails when a query or a write fails or the writes fall behind.
 * `--clients 50`, `--panels 20`, `--seconds 300`, `--refresh 10` (seconds), `--rate 50000` (samples/s).
 */
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { manySeries, metricOf } from './data/many_series.ts';
import { startTrilith } from './target.ts';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '50' },
    panels: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '300' },
    refresh: { type: 'string', default: '10' },
    rate: { type: 'string', default: '50000' },
  },
});
const [clients, panels, seconds, refresh, rate] = [
  values.clients,
  values.panels,
  values.seconds,
  values.refresh,
  values.rate,
].map(Number) as [number, number, number, number, number];

const SERIES = 20_000;
const WRITE_INTERVAL_MS = (SERIES / rate) * 1000;
/** What a browser opens to one host is six; fifty of them stay below the bound of connections from one address. */
const CONNECTIONS_PER_CLIENT = 3;

interface Tally {
  readonly ms: number[];
  readonly failures: Map<string, number>;
}

const tally = (): Tally => ({ ms: [], failures: new Map() });

function note({ ms, failures }: Tally, started: number, failure: string | null): void {
  if (failure === null) ms.push(performance.now() - started);
  else failures.set(failure, (failures.get(failure) ?? 0) + 1);
}

function call(agent: Agent, url: string, body?: Uint8Array): Promise<string | null> {
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

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

const target = await startTrilith();
const queries = tally();
const writes = tally();
let latestWriteMs = 0;
let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, target.residentMib() ?? 0);
}, 1000);
const until = performance.now() + seconds * 1000;

async function writer(): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  for (let due = performance.now(); due < until; due += WRITE_INTERVAL_MS) {
    await sleep(due - performance.now());
    latestWriteMs = Math.max(latestWriteMs, performance.now() - due);
    const bodies = [...manySeries({ first: 0, count: SERIES, timeMs: Date.now(), samplesPerRequest: 5_000 })];
    await Promise.all(
      bodies.map(async ({ body }) => {
        const started = performance.now();
        note(writes, started, await call(agent, `${target.url}/api/v1/write`, body));
      }),
    );
  }
  agent.destroy();
}

/** Panels of the usual kinds; a third of the clients look at the same dashboard. */
function panelQuery(client: number, panel: number): string {
  const dashboard = client % 3 === 0 ? 0 : client;
  const metric = metricOf(((dashboard * panels + panel) % (SERIES / 1000)) * 1000);
  return [
    `sum by (job) (rate(${metric}[1m]))`,
    `topk(5, ${metric})`,
    `sum(increase(${metric}{pod=~"service-[1-4]-.*"}[1m]))`,
    `max by (namespace) (${metric})`,
  ][panel % 4] as string;
}

async function client(index: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_PER_CLIENT });
  await sleep((index / clients) * refresh * 1000);
  while (performance.now() < until) {
    const started = performance.now();
    const end = Math.floor(Date.now() / 1000 / 15) * 15;
    await Promise.all(
      Array.from({ length: panels }, async (_, panel) => {
        const parameters = new URLSearchParams({
          query: panelQuery(index, panel),
          start: String(end - 1800),
          end: String(end),
          step: '15',
        });
        const asked = performance.now();
        note(queries, asked, await call(agent, `${target.url}/prometheus/api/v1/query_range?${parameters}`));
      }),
    );
    await sleep(refresh * 1000 - (performance.now() - started));
  }
  agent.destroy();
}

function describe(name: string, { ms, failures }: Tally): string {
  ms.sort((a, b) => a - b);
  const at = (share: number): string => (ms[Math.min(ms.length - 1, Math.floor(ms.length * share))] ?? 0).toFixed(1);
  const failed = [...failures].map(([why, n]) => `${n} × ${why}`).join('; ');
  return `${name}: ${ms.length} answered, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms, ${failed === '' ? 'none failed' : `FAILED ${failed}`}`;
}

try {
  await Promise.all([writer(), ...Array.from({ length: clients }, (_, i) => client(i))]);
  console.log(`${clients} clients, ${panels} panels each every ${refresh} s, ${rate} samples/s for ${seconds} s`);
  console.log(describe('queries', queries));
  console.log(describe('writes', writes));
  console.log(`a write began at most ${latestWriteMs.toFixed(0)} ms late; peak memory ${Math.round(peak)} MiB`);
  if (queries.failures.size + writes.failures.size > 0) process.exitCode = 1;
} finally {
  clearInterval(watch);
  await target.stop();
}
