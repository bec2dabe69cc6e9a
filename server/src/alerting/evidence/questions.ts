import { setTimeout as wait } from 'node:timers/promises';
import { changesAnswer, logPatternsAnswer } from '@trilith/contract';
import type { AlertExpression, Plotted } from '@trilith/lang/plotted';
import { PromqlParseError, parse, print, walk } from '@trilith/lang/promql';
import * as v from 'valibot';
import type { EvidenceChange, EvidenceLine } from '../templates/evidence_data.ts';
import type { GraphSeries } from './graph.ts';

/** What is asked of our own endpoints about a group of alerts. Every function gives undefined where there is nothing to show. */
export interface Asked {
  readonly ask: (path: string, query: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly fromMs: number;
  readonly toMs: number;
  /** The one the alerts are about; empty when there is none. What needs none does not wait for it. Never rejects. */
  readonly service: Promise<string>;
}

const MOST_LINES = 5;
const MOST_PATTERNS = 3;
const MOST_CHANGES = 5;
/** Of a log line in a page. */
const MOST_LINE = 300;
const ERRORS = 'level=~"ERROR|CRITICAL|FATAL"';

const labels = v.record(v.string(), v.string());
const matrix = v.object({
  data: v.object({
    result: v.array(v.object({ metric: labels, values: v.optional(v.array(v.tuple([v.number(), v.string()])), []) })),
  }),
});
const streams = v.object({
  data: v.object({
    result: v.array(v.object({ stream: labels, values: v.array(v.looseTuple([v.string(), v.string()])) })),
  }),
});
const exemplars = v.object({
  data: v.array(v.object({ exemplars: v.array(v.object({ labels, timestamp: v.number() })) })),
});
const traces = v.object({ traces: v.optional(v.array(v.object({ traceID: v.string() })), []) });

const seconds = (ms: number): string => String(ms / 1000);
const nanoseconds = (ms: number): string => String(BigInt(Math.floor(ms)) * 1_000_000n);

/** The series of an expression over the time asked about. */
export async function askSeries(
  { language, expr }: Pick<Plotted, 'language' | 'expr'>,
  stepMs: number,
  { ask, fromMs, toMs }: Asked,
): Promise<(GraphSeries & { readonly labels: Readonly<Record<string, string>> })[]> {
  const [path, time] =
    language === 'promql'
      ? (['/api/v1/query_range', seconds] as const)
      : (['/loki/api/v1/query_range', nanoseconds] as const);
  const answer = await ask(path, { query: expr, start: time(fromMs), end: time(toMs), step: seconds(stepMs) });
  return v.parse(matrix, answer).data.result.map(({ metric, values }) => ({
    labels: metric,
    name: nameOf(metric),
    points: values.map(([time, value]): [number, number] => [time * 1000, goNumber(value)]),
  }));
}

const vector = v.object({ data: v.object({ result: v.array(v.object({ metric: labels })) }) });
const MOST_SELECTORS = 4;

/** The one service of the series an expression reads; undefined where there are several, or none has one. */
export async function askService(
  { language, text }: AlertExpression,
  { ask, toMs }: Pick<Asked, 'ask' | 'toMs'>,
): Promise<string | undefined> {
  const selectors = language === 'promql' ? selectorsIn(text).slice(0, MOST_SELECTORS) : [];
  const answers = await Promise.all(
    selectors.map((selector) =>
      ask('/api/v1/query', { query: `count by (service, service_name) (${selector})`, time: seconds(toMs) }),
    ),
  );
  const services = answers.flatMap((answer) =>
    v.parse(vector, answer).data.result.map(({ metric }) => metric.service ?? metric.service_name ?? ''),
  );
  const [only, ...others] = new Set(services.filter((service) => service !== ''));
  return others.length === 0 ? only : undefined;
}

/** The vector selectors of an expression, without their ranges; none for one that cannot be read. */
function selectorsIn(expr: string): string[] {
  const found = new Set<string>();
  try {
    walk(parse(expr), (node) => {
      if (node.kind === 'vector-selector') found.add(print(node));
    });
  } catch (error) {
    if (!(error instanceof PromqlParseError)) throw error;
  }
  return [...found];
}

function nameOf(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...rest } = metric;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(', ')}}`;
}

function goNumber(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

const selectorOf = (service: string): string => `{service=${JSON.stringify(service)}, ${ERRORS}}`;

/** The newest lines of the service at error level and above. */
export async function askLogLines({ ask, fromMs, toMs, ...asked }: Asked): Promise<EvidenceLine[] | undefined> {
  const service = await asked.service;
  if (service === '') return undefined;
  const answer = await ask('/loki/api/v1/query_range', {
    query: selectorOf(service),
    start: nanoseconds(fromMs),
    end: nanoseconds(toMs),
    limit: String(MOST_LINES),
    direction: 'backward',
  });
  const lines = v.parse(streams, answer).data.result.flatMap(({ stream, values }) =>
    values.map(([ns, line]) => ({
      timeMs: Number(BigInt(ns) / 1_000_000n),
      level: (stream.level ?? stream.detected_level ?? '').toUpperCase(),
      text: oneLine(line),
    })),
  );
  if (lines.length === 0) return undefined;
  return lines.sort((a, b) => b.timeMs - a.timeMs).slice(0, MOST_LINES);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MOST_LINE ? `${line.slice(0, MOST_LINE)}…` : line;
}

/** Patterns of errors that were not there in the hour before. */
export async function askNewPatterns({ ask, fromMs, toMs, ...asked }: Asked): Promise<string[] | undefined> {
  const service = await asked.service;
  if (service === '') return undefined;
  const answer = await ask('/api/logs/patterns', {
    query: selectorOf(service),
    from: String(Math.floor(fromMs)),
    to: String(Math.floor(toMs)),
    buckets: '1',
  });
  const fresh = v.parse(logPatternsAnswer, answer).patterns.filter(({ state }) => state === 'new');
  return fresh.length === 0 ? undefined : fresh.slice(0, MOST_PATTERNS).map(({ pattern }) => oneLine(pattern));
}

/**
 * What changed within the time, the newest first: of the service and of all. Of every service when nobody can say in
 * `patienceMs` which it is.
 */
export async function askChanges(
  { ask, fromMs, toMs, service: found }: Asked,
  patienceMs: number,
): Promise<EvidenceChange[] | undefined> {
  const [answer, service] = await Promise.all([
    ask('/api/changes', { from: String(Math.floor(fromMs)), to: String(Math.floor(toMs)) }),
    Promise.race([found, wait(patienceMs, '', { ref: false })]),
  ]);
  const all = v.parse(changesAnswer, answer).changes;
  const changes = service === '' ? all : all.filter((one) => one.service === '' || one.service === service);
  if (changes.length === 0) return undefined;
  return changes
    .toReversed()
    .slice(0, MOST_CHANGES)
    .map(({ timeMs, title, version, url }) => ({ timeMs, title: [title, version].filter(Boolean).join(' '), url }));
}

/** A trace that shows the fault: the newest exemplar of the expression, else one of the service that failed. */
export async function askTrace(expr: string | undefined, asked: Asked): Promise<string | undefined> {
  const failing = Promise.allSettled([failedTrace(asked)]);
  const [exemplar] = await Promise.allSettled([expr === undefined ? undefined : exemplarOf(expr, asked)]);
  if (exemplar.status === 'fulfilled' && exemplar.value !== undefined) return exemplar.value;
  const [failed] = await failing;
  if (failed.status === 'rejected') throw failed.reason;
  if (exemplar.status === 'rejected' && failed.value === undefined) throw exemplar.reason;
  return failed.value;
}

/** The newest trace in which the service failed. */
async function failedTrace(asked: Asked): Promise<string | undefined> {
  const service = await asked.service;
  if (service === '') return undefined;
  const answer = await asked.ask('/tempo/api/search', {
    q: `{ resource.service.name = ${JSON.stringify(service)} && status = error }`,
    start: seconds(Math.floor(asked.fromMs / 1000) * 1000),
    end: seconds(Math.ceil(asked.toMs / 1000) * 1000),
    limit: '1',
  });
  return v.parse(traces, answer).traces[0]?.traceID;
}

async function exemplarOf(expr: string, { ask, fromMs, toMs }: Asked): Promise<string | undefined> {
  const answer = await ask('/api/v1/query_exemplars', { query: expr, start: seconds(fromMs), end: seconds(toMs) });
  const all = v.parse(exemplars, answer).data.flatMap((series) => series.exemplars);
  const [newest] = all
    .filter(({ labels: own }) => own.trace_id !== undefined)
    .sort((a, b) => b.timestamp - a.timestamp);
  return newest?.labels.trace_id;
}
