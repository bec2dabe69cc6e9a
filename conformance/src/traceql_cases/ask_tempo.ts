import { type SeriesJson, type SpansetJson, seriesText, spansetsText } from './answer.ts';
import { otlpRequest, traceId } from './fixtures.ts';
import { type Chapter, isMetrics, queryOf, type TraceCase } from './trace_case.ts';

/** Something that takes OTLP and answers Tempo's API. */
export interface TempoLike {
  /** Where `/v1/traces` is. */
  readonly otlp: string;
  /** Where `/api/search` is. */
  readonly api: string;
}

/** The minute that the fixtures lie in, and the run that tells their traces from those of another. */
export interface Minute {
  readonly run: number;
  readonly startMs: number;
}

const STEP_MS = 20_000;
const MINUTE_MS = 60_000;

export async function push({ otlp }: TempoLike, { run, startMs }: Minute): Promise<void> {
  const response = await fetch(`${otlp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(otlpRequest(run, BigInt(startMs) * 1_000_000n)),
  });
  if (!response.ok) throw new Error(`${otlp} refused spans: ${response.status} ${await response.text()}`);
}

/** The answer to a case in the notation of the cases; `! why` where the query is refused. */
export async function ask(server: TempoLike, chapter: Chapter, of: TraceCase, minute: Minute): Promise<string> {
  return isMetrics(of) ? askSeries(server, chapter, of, minute) : askSpansets(server, chapter, of, minute);
}

async function askSpansets({ api }: TempoLike, chapter: Chapter, of: TraceCase, minute: Minute): Promise<string> {
  const answer = await get(`${api}/api/search`, {
    q: queryOf(of, chapter),
    start: String(minute.startMs / 1000),
    end: String((minute.startMs + MINUTE_MS) / 1000),
    limit: '1000',
    spss: '50',
  });
  if (typeof answer === 'string') return answer;
  const { traces = [] } = answer as { traces?: { traceID: string; spanSets?: SpansetJson[] }[] };
  const wanted = traceId(chapter.data, minute.run);
  const trace = traces.find((one) => one.traceID.padStart(32, '0') === wanted);
  return spansetsText(trace?.spanSets ?? [], chapter);
}

async function askSeries({ api }: TempoLike, chapter: Chapter, of: TraceCase, minute: Minute): Promise<string> {
  const endMs = minute.startMs + MINUTE_MS;
  const answer = await get(`${api}/api/metrics/query_range`, {
    q: queryOf(of, chapter),
    start: String(minute.startMs / 1000),
    end: String(endMs / 1000),
    step: `${STEP_MS / 1000}s`,
    exemplars: '0',
  });
  if (typeof answer === 'string') return answer;
  const { series = [] } = answer as { series?: SeriesJson[] };
  const times = [STEP_MS, 2 * STEP_MS, MINUTE_MS].map((ms) => minute.startMs + ms);
  return seriesText(series, times);
}

async function get(url: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`${url}?${new URLSearchParams(parameters)}`);
  const text = await response.text();
  return response.ok ? JSON.parse(text) : `! ${text.trim()}`;
}

/** Whether an answer is the expected one; of a refusal only that it is one, each server words its own. */
export function isExpected(answer: string, expect: string): boolean {
  return expect.startsWith('!') ? answer.startsWith('!') : answer === expect;
}
