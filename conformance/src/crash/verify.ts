import type { Program } from './program.ts';
import {
  LINES,
  logLine,
  logTimeNs,
  type RunId,
  SAMPLES_PER_SERIES,
  SERIES,
  type SignalName,
  SPANS,
  sampleValue,
  spanId,
  traceId,
} from './signals.ts';

/** What the public query APIs say about a stretch of requests, all of them acknowledged. */
export interface Verdict {
  expected: number;
  lost: number;
  duplicated: number;
  wrong: number;
  unexpected: number;
}

export const NO_VERDICT: Verdict = { expected: 0, lost: 0, duplicated: 0, wrong: 0, unexpected: 0 };

/** Queries under way at the same time; the program lets one tenant have four. */
const AT_ONCE = 3;

export class UnansweredQuery extends Error {
  override readonly name = 'UnansweredQuery';
}

export function addVerdicts(a: Verdict, b: Verdict): Verdict {
  return {
    expected: a.expected + b.expected,
    lost: a.lost + b.lost,
    duplicated: a.duplicated + b.duplicated,
    wrong: a.wrong + b.wrong,
    unexpected: a.unexpected + b.unexpected,
  };
}

export function isClean(verdict: Verdict): boolean {
  return verdict.lost + verdict.duplicated + verdict.wrong + verdict.unexpected === 0;
}

/** Every item of requests [from, to) of a signal, asked for in steps the APIs answer at once. */
export async function verify(
  program: Program,
  id: RunId,
  signal: SignalName,
  from: number,
  to: number,
): Promise<Verdict> {
  const step = { samples: 1000, logs: 40, spans: 1 }[signal];
  const check = { samples: verifySamples, logs: verifyLogs, spans: verifyTraces }[signal];
  let verdict = NO_VERDICT;
  let next = from;
  const work = async (): Promise<void> => {
    for (let at = next; at < to; at = next) {
      next += step;
      // Awaited first: another query may finish meanwhile.
      const part = await check(program, id, at, Math.min(to, at + step));
      verdict = addVerdicts(verdict, part);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return verdict;
}

async function ask(program: Program, path: string, parameters: Record<string, string>): Promise<unknown> {
  const query = new URLSearchParams(parameters).toString();
  const answer = await program.get(`${path}${query === '' ? '' : `?${query}`}`);
  if (answer.status !== 200) throw new UnansweredQuery(`${path}: ${answer.status} ${answer.body.slice(0, 200)}`);
  return JSON.parse(answer.body);
}

/** @param times how often each expected item came */
function judge(times: readonly number[], wrong: number, unexpected: number): Verdict {
  let lost = 0;
  let duplicated = 0;
  for (const n of times) {
    if (n === 0) lost++;
    else duplicated += n - 1;
  }
  return { expected: times.length, lost, duplicated, wrong, unexpected };
}

/** Steps into parsed JSON; undefined where there is nothing. */
function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const name of path) here = typeof here === 'object' && here !== null ? Reflect.get(here, name) : undefined;
  return here;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnansweredQuery(`not a list: ${JSON.stringify(value)?.slice(0, 200)}`);
  return value;
}

async function verifySamples(program: Program, id: RunId, from: number, to: number): Promise<Verdict> {
  const first = from * SAMPLES_PER_SERIES;
  const count = (to - from) * SAMPLES_PER_SERIES;
  // A range selector is open at its left end: one millisecond more would take in the item before.
  const parameters = {
    query: `crash_items{run="${id.run}"}[${count}ms]`,
    time: String((id.baseMs + first + count - 1) / 1000),
  };
  const answer = await ask(program, '/prometheus/api/v1/query', parameters);
  let verdict = NO_VERDICT;
  const result = list(at(answer, 'data', 'result'));
  const bySeries = new Map(result.map((one) => [at(one, 'metric', 'series'), list(at(one, 'values'))]));
  for (let series = 0; series < SERIES; series++) {
    const times = new Array<number>(count).fill(0);
    let wrong = 0;
    let unexpected = 0;
    for (const pair of bySeries.get(String(series)) ?? []) {
      const [seconds, value] = list(pair);
      const k = Math.round(Number(seconds) * 1000) - id.baseMs;
      if (k < first || k >= first + count) unexpected++;
      else if (Number(value) !== sampleValue(series, k)) wrong++;
      else times[k - first] = (times[k - first] ?? 0) + 1;
    }
    verdict = addVerdicts(verdict, judge(times, wrong, unexpected));
  }
  return verdict;
}

async function verifyLogs(program: Program, id: RunId, from: number, to: number): Promise<Verdict> {
  const first = from * LINES;
  const count = (to - from) * LINES;
  const parameters = {
    query: `{service_name="crash", run="${id.run}"}`,
    start: String(logTimeNs(id, first)),
    end: String(logTimeNs(id, first + count)),
    limit: '5000',
    direction: 'forward',
  };
  const answer = await ask(program, '/loki/api/v1/query_range', parameters);
  const times = new Array<number>(count).fill(0);
  let wrong = 0;
  let unexpected = 0;
  for (const stream of list(at(answer, 'data', 'result'))) {
    for (const pair of list(at(stream, 'values'))) {
      const [ns, line] = list(pair);
      const k = Number((BigInt(String(ns)) - logTimeNs(id, 0)) / 1000n);
      if (k < first || k >= first + count) unexpected++;
      else if (line !== logLine(id, k)) wrong++;
      else times[k - first] = (times[k - first] ?? 0) + 1;
    }
  }
  return judge(times, wrong, unexpected);
}

async function verifyTraces(program: Program, id: RunId, from: number): Promise<Verdict> {
  const times = new Array<number>(SPANS).fill(0);
  let wrong = 0;
  let unexpected = 0;
  const answer = await program.get(`/tempo/api/traces/${traceId(id, from)}`);
  if (answer.status === 404 && !answer.body.includes('no such')) return judge(times, 0, 0);
  if (answer.status !== 200) throw new UnansweredQuery(`trace: ${answer.status} ${answer.body.slice(0, 200)}`);
  const parsed: unknown = JSON.parse(answer.body);
  for (const batch of list(at(parsed, 'batches') ?? at(parsed, 'trace', 'resourceSpans'))) {
    for (const span of list(at(batch, 'scopeSpans')).flatMap((scope) => list(at(scope, 'spans')))) {
      // Tempo writes ids of its JSON as base64; hexadecimal is taken as well.
      const written = String(at(span, 'spanId'));
      const hex = written.length === 16 ? written : Buffer.from(written, 'base64').toString('hex');
      const k = Number.parseInt(hex, 16) - 1;
      const place = k - from * SPANS;
      if (place < 0 || place >= SPANS || spanId(k) !== hex) unexpected++;
      else if (at(span, 'name') !== `item ${k}`) wrong++;
      else times[place] = (times[place] ?? 0) + 1;
    }
  }
  return judge(times, wrong, unexpected);
}
