import { type AnswerEntry, entryTexts, SECOND, seriesTexts } from './answer.ts';
import { FIXTURES, type FixtureLine, SERVICE } from './fixtures.ts';
import { isOrdered, type LogCase, queryOf } from './log_case.ts';

/** Pushes all data to something that speaks Loki's API. @param startNs the minute it begins at */
export async function push(url: string, startNs: bigint): Promise<void> {
  const streams = Object.entries(FIXTURES).flatMap(([fixture, list]) => {
    let second = 0n;
    const pushed = (line: FixtureLine): unknown[] => {
      const time = String(startNs + ++second * SECOND);
      return typeof line === 'string' ? [time, line] : [time, line.line, line.metadata];
    };
    return list.map(({ labels, lines }) => ({ stream: { ...labels, ...SERVICE, fixture }, values: lines.map(pushed) }));
  });
  const response = await fetch(`${url}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams }),
  });
  if (!response.ok) throw new Error(`${url} refused lines: ${response.status} ${await response.text()}`);
}

type Labels = Readonly<Record<string, string>>;

interface Data {
  readonly resultType: 'streams' | 'vector' | 'scalar' | 'matrix';
  readonly result: unknown;
}

/** An answer of a server in the notation of the cases, and the names of labels in it. */
export interface ServerAnswer {
  readonly texts: readonly string[];
  readonly names: ReadonlySet<string>;
}

/**
 * Asks a server for a case.
 * @param leftOut labels that are not shown
 */
export async function askServer(
  url: string,
  of: LogCase,
  startNs: bigint,
  leftOut: ReadonlySet<string> = new Set(),
): Promise<ServerAnswer> {
  const range = { start: String(startNs), end: String(startNs + 60n * SECOND), direction: 'forward', limit: '1000' };
  let answer = await get(url, 'query_range', { query: queryOf(of), ...range, step: '60s' });
  if (typeof answer === 'string' ? !answer.includes('parse error') : answer.resultType !== 'streams') {
    answer = await get(url, 'query', { query: queryOf(of), time: String(startNs + 60n * SECOND) });
  }
  if (typeof answer === 'string') return { texts: [`! ${answer}`], names: new Set() };
  return textsOf(answer, of, startNs, leftOut);
}

async function get(url: string, path: string, parameters: Readonly<Record<string, string>>): Promise<Data | string> {
  const response = await fetch(`${url}/loki/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const text = await response.text();
  if (!response.ok) return text.trimEnd();
  return (JSON.parse(text) as { data: Data }).data;
}

function textsOf(
  { resultType, result }: Data,
  of: LogCase,
  startNs: bigint,
  leftOut: ReadonlySet<string>,
): ServerAnswer {
  const names = new Set<string>();
  const shown = (labels: Labels | null): Labels => {
    for (const name of Object.keys(labels ?? {})) names.add(name);
    return Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => !leftOut.has(name)));
  };
  if (resultType === 'scalar') return { texts: [String((result as [number, string])[1])], names };
  if (resultType === 'streams') {
    const streams = result as { stream: Labels | null; values: [string, string][] }[];
    const entries = streams.flatMap(({ stream, values }): AnswerEntry[] =>
      values.map(([time, line]) => ({ labels: shown(stream), timeNs: BigInt(time), line })),
    );
    return { texts: entryTexts(entries, startNs, of), names };
  }
  const samples = result as { metric: Labels; value: [number, string] }[];
  const series = samples.map(({ metric, value }) => ({ labels: shown(metric), value: numberOf(value[1]) }));
  return { texts: seriesTexts(series, of, isOrdered(of)), names };
}

function numberOf(text: string): number {
  return /^[+-]Inf$/.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}
