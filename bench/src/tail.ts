import { commandLine } from '../../conformance/src/command_line.ts';
import { type OwnTarget, startTrilith } from './target.ts';

const { seconds } = commandLine(
  'npm run bench:tail',
  `How long a line takes from its push to the screen of somebody who tails, and what twenty tails cost those who send
10,000 lines a second: rounds with and without tails take turns. Aims: 300 ms, 10 %.`,
  { seconds: { default: 10, about: 'length of a round' } },
);
const ROUNDS = 3;
const FIRST_LINES = 30;
const TAILS = 20;
const LINES_PER_SECOND = 10_000;
const LINES_PER_REQUEST = 500;
const AIM_MS = 300;
const AIM_SLOWER = 0.1;
/** What is tailed: everything, a word, fields of JSON, a level. */
const QUERIES = [
  '{service=~"s.*"}',
  '{service=~"s.*"} |= "declined"',
  '{service=~"s.*"} | json | status >= 500',
  '{service=~"s.*", level="error"}',
];

const now = (): string => `${Date.now()}000000`;

async function push(target: OwnTarget, service: string, values: readonly (readonly string[])[]): Promise<void> {
  const body = JSON.stringify({ streams: [{ stream: { service }, values }] });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${target.url}/loki/api/v1/push`, { method: 'POST', headers, body });
  if (response.status !== 204) throw new Error(`push: status ${response.status}: ${await response.text()}`);
}

/** Opens a tail of what comes from now on. */
function openTail(target: OwnTarget, query: string, onFrame: (text: string) => void): Promise<WebSocket> {
  const url = `${target.url.replace('http', 'ws')}/loki/api/v1/tail?${new URLSearchParams({ query, limit: '0' })}`;
  const socket = new WebSocket(url);
  socket.addEventListener('message', ({ data }) => onFrame(String(data)));
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(socket));
    socket.addEventListener('error', () => reject(new Error(`no tail of ${query}`)));
  });
}

/** Milliseconds from the begin of a push to the frame with its line, for lines that come one by one. */
async function firstLineMs(target: OwnTarget): Promise<number[]> {
  const times: number[] = [];
  let shown: () => void = () => undefined;
  const socket = await openTail(target, '{service="first"}', () => shown());
  for (let i = 0; i < FIRST_LINES; i++) {
    const onScreen = new Promise<void>((resolve) => {
      shown = resolve;
    });
    const started = performance.now();
    await push(target, 'first', [[now(), `line ${i}`]]);
    await onScreen;
    times.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  socket.close();
  return times.sort((a, b) => a - b);
}

interface Round {
  /** Of all requests, sorted. */
  readonly requestMs: readonly number[];
  readonly linesPerSecond: number;
  /** Processor seconds of the server a million lines. */
  readonly cpuSeconds: number;
}

/** Sends at the aimed rate for a while. */
async function sendPaced(target: OwnTarget): Promise<Round> {
  const requests = (seconds * LINES_PER_SECOND) / LINES_PER_REQUEST;
  const everyMs = (1000 * LINES_PER_REQUEST) / LINES_PER_SECOND;
  const requestMs: number[] = [];
  const cpu = target.cpuSeconds() ?? 0;
  const started = performance.now();
  for (let i = 0; i < requests; i++) {
    const dueIn = started + i * everyMs - performance.now();
    if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn));
    const values = Array.from({ length: LINES_PER_REQUEST }, (_, n) => [now(), lineOf(i * LINES_PER_REQUEST + n)]);
    const sent = performance.now();
    await push(target, `s${i % 20}`, values);
    requestMs.push(performance.now() - sent);
  }
  const lines = requests * LINES_PER_REQUEST;
  return {
    requestMs: requestMs.sort((a, b) => a - b),
    linesPerSecond: lines / ((performance.now() - started) / 1000),
    cpuSeconds: (((target.cpuSeconds() ?? 0) - cpu) * 1e6) / lines,
  };
}

function lineOf(n: number): string {
  const [level, msg, status] = n % 50 === 0 ? ['error', 'card declined', 502] : ['info', 'payment accepted', 200];
  return JSON.stringify({ level, msg, status, request_id: `req-${n}`, amount: n % 1000, currency: 'EUR' });
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const median = (values: readonly number[]): number =>
  at(
    values.toSorted((a, b) => a - b),
    0.5,
  );

const target = await startTrilith();
try {
  const first = await firstLineMs(target);
  console.log(
    `from push to screen: p50 ${at(first, 0.5).toFixed(0)} ms, p99 ${at(first, 0.99).toFixed(0)} ms ` +
      `(aim ${AIM_MS}, ratio ${(at(first, 0.99) / AIM_MS).toFixed(2)})`,
  );
  await sendPaced(target);
  const rounds = { without: [] as Round[], with: [] as Round[] };
  let frames = 0;
  let bytes = 0;
  for (let i = 0; i < ROUNDS; i++) {
    rounds.without.push(await sendPaced(target));
    const tails = await Promise.all(
      Array.from({ length: TAILS }, (_, n) =>
        openTail(target, QUERIES[n % QUERIES.length] ?? '', (frame) => {
          frames++;
          bytes += frame.length;
        }),
      ),
    );
    rounds.with.push(await sendPaced(target));
    for (const tail of tails) tail.close();
  }
  const print = (name: string, of: readonly Round[]): void =>
    console.log(
      `${name}: ${Math.round(median(of.map((r) => r.linesPerSecond))).toLocaleString('en')} lines/s, request p50 ` +
        `${median(of.map((r) => at(r.requestMs, 0.5))).toFixed(1)} ms, p99 ${median(of.map((r) => at(r.requestMs, 0.99))).toFixed(1)} ms, ` +
        `${median(of.map((r) => r.cpuSeconds)).toFixed(1)} CPU s a million lines`,
    );
  print('without tails', rounds.without);
  print(`with ${TAILS} tails`, rounds.with);
  console.log(`shown: ${frames.toLocaleString('en')} frames, ${(bytes / 1e6).toFixed(1)} MB`);
  const rate = (of: readonly Round[]): number => median(of.map((r) => r.linesPerSecond));
  const slower = 1 - rate(rounds.with) / rate(rounds.without);
  console.log(
    `ingest is slower by ${(slower * 100).toFixed(1)} % (aim ${AIM_SLOWER * 100} %, ratio ${(Math.max(0, slower) / AIM_SLOWER).toFixed(2)})`,
  );
} finally {
  await target.stop();
}
