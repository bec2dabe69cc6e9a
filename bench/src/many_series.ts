import { commandLine } from '../../conformance/src/command_line.ts';
import { manySeries, metricOf } from './data/many_series.ts';
import { median } from './statistics.ts';
import { startTrilith, type Target } from './target.ts';

const { series: SERIES, rounds: ROUNDS } = commandLine(
  'npm run bench:series',
  `Many active series at once: loads one sample of each every 15 s of their time, asks, kills the server and starts it again,
and sends more new series than the limit allows.`,
  {
    series: { default: 1_000_000, about: 'active series' },
    rounds: { default: 4, about: 'samples of each' },
  },
);
const INTERVAL_MS = 15_000;
const BURST = 20_000;
const CONNECTIONS = 4;
const HEADERS = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
};

interface Sent {
  readonly accepted: number;
  readonly refusals: ReadonlySet<string>;
}

async function send(target: Target, first: number, count: number, timeMs: number): Promise<Sent> {
  const requests = manySeries({ first, count, timeMs, samplesPerRequest: 2_000 });
  const refusals = new Set<string>();
  let accepted = 0;
  const sender = async (): Promise<void> => {
    for (let next = requests.next(); next.done !== true; next = requests.next()) {
      const { body, samples } = next.value;
      const response = await fetch(`${target.url}/api/v1/write`, { method: 'POST', headers: HEADERS, body });
      const text = await response.text();
      if (response.ok) accepted += samples;
      else refusals.add(`${response.status}: ${text.slice(0, 200).trim()}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sender));
  return { accepted, refusals };
}

async function query(target: Target, expression: string, timeMs: number): Promise<{ ms: number; first: string }> {
  const parameters = new URLSearchParams({ query: expression, time: String(timeMs / 1000) });
  const started = performance.now();
  const response = await fetch(`${target.url}/prometheus/api/v1/query?${parameters}`, {
    headers: { 'cache-control': 'no-store' },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${expression}: ${response.status}: ${text.slice(0, 300)}`);
  const { data } = JSON.parse(text) as { data: { result: { value: [number, string] }[] } };
  return { ms: performance.now() - started, first: data.result[0]?.value[1] ?? 'nothing' };
}

async function ask(target: Target, expression: string, timeMs: number): Promise<void> {
  const { ms: firstMs, first } = await query(target, expression, timeMs);
  const again: number[] = [];
  for (let i = 0; i < 5; i++) again.push((await query(target, expression, timeMs)).ms);
  console.log(`  ${expression}: ${first}, first ${firstMs.toFixed(1)} ms, then median ${median(again).toFixed(1)} ms`);
}

const target = await startTrilith({ TRILITH_ACTIVE_SERIES: String(SERIES) });
let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, target.residentMib() ?? 0);
}, 500);
try {
  const fromMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS - ROUNDS * INTERVAL_MS;
  const lastMs = fromMs + (ROUNDS - 1) * INTERVAL_MS;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    const { accepted, refusals } = await send(target, 0, SERIES, fromMs + round * INTERVAL_MS);
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `round ${round + 1}: ${accepted.toLocaleString('en')} samples in ${seconds.toFixed(1)} s, ${Math.round(accepted / seconds).toLocaleString('en')}/s, ${Math.round(peak)} MiB at most`,
    );
    for (const refusal of refusals) console.log(`  refused: ${refusal}`);
  }
  const some = metricOf(Math.floor(SERIES / 2));
  const expressions = [`sum(${some})`, `count(${some}{pod=~".*-000[a-c].*"})`, 'count({__name__=~"many_.*"})'];
  for (const expression of expressions) await ask(target, expression, lastMs);
  const readyMs = await target.restart();
  console.log(`killed and started again: ready after ${(readyMs / 1000).toFixed(1)} s`);
  for (const expression of expressions) await ask(target, expression, lastMs);
  // After a restart the limit counts the series that are in use: first the known ones, then more than fit.
  const known = await send(target, 0, SERIES, lastMs + INTERVAL_MS);
  const burst = await send(target, SERIES, BURST, lastMs + INTERVAL_MS);
  const after = await send(target, 0, SERIES, lastMs + 2 * INTERVAL_MS);
  console.log(
    `${BURST.toLocaleString('en')} series too many: ${burst.accepted.toLocaleString('en')} samples of them taken; of known series ${known.accepted.toLocaleString('en')} before and ${after.accepted.toLocaleString('en')} after`,
  );
  for (const refusal of burst.refusals) console.log(`  refused: ${refusal}`);
  await ask(target, `count(${some})`, lastMs + 2 * INTERVAL_MS);
  console.log(`peak memory of all processes ${Math.round(peak)} MiB`);
} finally {
  clearInterval(watch);
  await target.stop();
}
