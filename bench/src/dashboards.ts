import { once } from 'node:events';
import { Agent } from 'node:http';
import { Worker } from 'node:worker_threads';
import { commandLine } from '../../conformance/src/command_line.ts';
import { metricOf } from './data/many_series.ts';
import type { SteadyReport, SteadyWrites } from './steady_writer.ts';
import { call, describeTally, note, sleep, tally } from './tally.ts';
import { startTrilith } from './target.ts';

const { clients, panels, seconds, refresh, rate } = commandLine(
  'npm run bench:dashboards',
  `Many people look at dashboards while data comes in: clients refresh their panels every so often, beside remote writes at
a steady rate. Fails when a query or a write fails or the writes fall behind.`,
  {
    clients: { default: 50, about: 'people' },
    panels: { default: 20, about: 'panels of each' },
    seconds: { default: 300, about: 'how long' },
    refresh: { default: 10, about: 'seconds between two refreshes' },
    rate: { default: 50_000, about: 'samples written a second' },
  },
);

const SERIES = 20_000;
const WRITE_INTERVAL_MS = (SERIES / rate) * 1000;
/** What a browser opens to one host is six; fifty of them stay below the bound of connections from one address. */
const CONNECTIONS_PER_CLIENT = 3;

const target = await startTrilith();
const queries = tally();
let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, target.residentMib() ?? 0);
}, 1000);
const until = performance.now() + seconds * 1000;

async function writer(): Promise<SteadyReport> {
  const workerData: SteadyWrites = { url: target.url, seconds, series: SERIES, intervalMs: WRITE_INTERVAL_MS };
  const thread = new Worker(new URL('./steady_writer.ts', import.meta.url), { workerData });
  const [report] = (await once(thread, 'message')) as [SteadyReport];
  return report;
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

try {
  const [{ writes, latestMs }] = await Promise.all([writer(), ...Array.from({ length: clients }, (_, i) => client(i))]);
  console.log(`${clients} clients, ${panels} panels each every ${refresh} s, ${rate} samples/s for ${seconds} s`);
  console.log(describeTally('queries', queries));
  console.log(describeTally('writes', writes));
  console.log(`a write began at most ${latestMs.toFixed(0)} ms late; peak memory ${Math.round(peak)} MiB`);
  if (queries.failures.size + writes.failures.size > 0) process.exitCode = 1;
} finally {
  clearInterval(watch);
  await target.stop();
}
