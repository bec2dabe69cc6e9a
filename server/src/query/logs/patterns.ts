import type { LogExpr } from '@trilith/lang/logql';
import { labelValue } from '../../model/labels.ts';
import { type LineShape, shapeOf } from '../../model/line_shape.ts';
import { SEVERITY_TEXTS } from '../../model/severity.ts';
import {
  LOG_PATTERN_STEP_SECONDS,
  type LogPatternText,
  readLogPatterns,
  readLogPatternTexts,
  TextBuilder,
} from '../../store/index.ts';
import type { LogqlEngine } from '../logql/engine.ts';
import { compileMatcher, isNegative, positiveOf } from '../logql/label_filter.ts';
import { planSelector } from '../logql/push_matchers.ts';
import { SERVICE_KEY } from '../logql/stream_index.ts';
import { classOfName, severitiesMatching } from '../logql/vocabulary.ts';
import type { PatternSeries } from './join_patterns.ts';
import { type LogRecordView, readRecords } from './records.ts';

export interface PatternQuery {
  readonly log: LogExpr;
  /** ms since the epoch, half open. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Widths are rounded up to the resolution of the counts, ten seconds. */
  readonly stepMs: number;
  readonly signal?: AbortSignal;
}

export interface Patterns {
  /** What was counted: the range rounded outwards to the resolution. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** Not joined yet, see `joinPatterns`; in no order. */
  readonly patterns: readonly PatternSeries[];
  /** Undefined: every line was counted. Else only the newest lines that match were, so many. */
  readonly sampled: number | undefined;
}

const RESOLUTION_MS = LOG_PATTERN_STEP_SECONDS * 1000;
const MOST_PATTERNS = 3_000;
/** Lines that are looked at where counts cannot answer. */
const SAMPLED_LINES = 10_000;
const MOST_SERVICES = 200;
const MOST_STEPS = 11_000;

/**
 * The patterns of the lines a query selects and how often each came. A selector that means whole services is answered from
 * the counts kept at ingest; any other, and one with filters, from the newest matching lines. Throws LogqlError, StoreError.
 */
export async function logPatterns(engine: LogqlEngine, query: PatternQuery): Promise<Patterns> {
  await engine.index.refresh();
  const fromMs = Math.floor(query.fromMs / RESOLUTION_MS) * RESOLUTION_MS;
  const toMs = Math.ceil(query.toMs / RESOLUTION_MS) * RESOLUTION_MS;
  const wanted = Math.max(query.stepMs, (toMs - fromMs) / MOST_STEPS, RESOLUTION_MS);
  const stepMs = Math.ceil(wanted / RESOLUTION_MS) * RESOLUTION_MS;
  const aligned = { ...query, fromMs, toMs, stepMs };
  const scope = query.log.stages.length === 0 ? wholeServices(engine, aligned) : undefined;
  if (scope === undefined) return sampledPatterns(engine, aligned);
  return { fromMs, toMs, stepMs, patterns: await countedPatterns(engine, aligned, scope), sampled: undefined };
}

interface Scope {
  readonly services: readonly string[];
  readonly levels: readonly string[] | undefined;
}

/** The services and levels a selector means, when it means all their streams; else undefined. */
function wholeServices({ index }: LogqlEngine, { log, fromMs, toMs }: PatternQuery): Scope | undefined {
  const isLevel = (name: string): boolean => classOfName(name).kind === 'level' && !index.hasLabel(name);
  const levelMatchers = log.matchers.filter(({ name }) => isLevel(name));
  const rest = log.matchers.filter(({ name }) => !isLevel(name));
  const range = { fromMs, toMs };
  const selected = planSelector(rest, index, range);
  // What is left to ask of each record, counts cannot tell.
  const asked = rest.flatMap(({ name }) => (classOfName(name).kind === 'service' ? [] : [name]));
  const hasAll = (reference: number): boolean =>
    asked.every((name) => labelValue(index.labels(reference), name) !== '');
  if (!selected.streams.every(hasAll)) return undefined;
  const services = new Set(Array.from(selected.streams, (reference) => index.service(reference)));
  if (services.size > MOST_SERVICES) return undefined;
  let streams = 0;
  for (const service of services)
    streams += index.select([{ name: SERVICE_KEY, operator: '=', value: service }], range).length;
  if (streams !== selected.streams.length) return undefined;
  const levels = levelMatchers.map((matcher) => {
    const named = new Set(severitiesMatching(compileMatcher(positiveOf(matcher))));
    return new Set(SEVERITY_TEXTS.filter((level) => named.has(level) !== isNegative(matcher)));
  });
  const [first, ...others] = levels;
  return {
    services: [...services],
    levels: first === undefined ? undefined : [...first].filter((level) => others.every((set) => set.has(level))),
  };
}

async function countedPatterns(
  engine: LogqlEngine,
  { fromMs, toMs, stepMs, signal }: PatternQuery,
  { services, levels }: Scope,
): Promise<PatternSeries[]> {
  if (services.length === 0 || levels?.length === 0) return [];
  const { reader, database } = engine;
  const options = { database, ...(signal === undefined ? {} : { signal }) };
  const request = {
    fromSeconds: fromMs / 1000,
    toSeconds: toMs / 1000,
    stepSeconds: stepMs / 1000,
    services,
    levels,
    limit: MOST_PATTERNS,
  };
  const counts = await readLogPatterns(reader, request, options);
  const texts = await readLogPatternTexts(reader, [...new Set(counts.map(({ pattern }) => pattern))], options);
  const tally = new PatternTally(Math.ceil((toMs - fromMs) / stepMs));
  for (const { service, level, pattern, bucket, lines, marked } of counts)
    tally.add(service, level, texts.get(pattern) ?? NO_TEXT, bucket, lines, marked);
  return tally.series();
}

/** Of lines whose pattern's text is not there: deleted, or of more patterns than are kept apart. */
const NO_TEXT: LogPatternText = { text: '<_>', inside: false };

async function sampledPatterns(engine: LogqlEngine, query: PatternQuery): Promise<Patterns> {
  const { log, fromMs, toMs, stepMs, signal } = query;
  const records = await readRecords(engine, {
    log,
    startNs: BigInt(fromMs) * 1_000_000n,
    endNs: BigInt(toMs) * 1_000_000n,
    direction: 'backward',
    limit: SAMPLED_LINES,
    ...(signal === undefined ? {} : { signal }),
  });
  const tally = new PatternTally(Math.ceil((toMs - fromMs) / stepMs));
  for (const record of records) {
    const bucket = Math.floor((Number(record.timeNs / 1_000_000n) - fromMs) / stepMs);
    tally.add(record.service, record.level, textOf(record), bucket, 1, 0);
  }
  const sampled = records.length < SAMPLED_LINES ? undefined : records.length;
  return { fromMs, toMs, stepMs, patterns: tally.series(), sampled };
}

function textOf({ body }: LogRecordView): LogPatternText {
  const bytes = Buffer.from(body);
  const shape: LineShape = { low: 0, high: 0, inside: false };
  const template = new TextBuilder(256, 1);
  shapeOf(bytes, 0, bytes.length, shape, template);
  template.endRow();
  return { text: template.text(0), inside: shape.inside };
}

interface Entry {
  readonly service: string;
  readonly level: string;
  readonly text: string;
  readonly inside: boolean;
  readonly counts: Float64Array;
  total: number;
  marked: number;
}

/** Sums counts by service, level and template. */
class PatternTally {
  readonly #steps: number;
  readonly #entries = new Map<string, Entry>();

  constructor(steps: number) {
    this.#steps = steps;
  }

  add(
    service: string,
    level: string,
    { text, inside }: LogPatternText,
    bucket: number,
    lines: number,
    marked: number,
  ): void {
    const key = `${service}\u0000${level}\u0000${inside}\u0000${text}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { service, level, text, inside, counts: new Float64Array(this.#steps), total: 0, marked: 0 };
      this.#entries.set(key, entry);
    }
    entry.counts[bucket] = (entry.counts[bucket] ?? 0) + lines;
    entry.total += lines;
    entry.marked += marked;
  }

  series(): PatternSeries[] {
    return [...this.#entries.values()];
  }
}

/** The pattern that LogQL's `|>` finds the lines of a template by. */
export function filterPattern({ text, inside }: Pick<PatternSeries, 'text' | 'inside'>): string {
  // Words like <nil> would be named captures, which the filter does not take.
  const unnamed = (inside ? `<_>${text}<_>` : text).replaceAll(/<[A-Za-z_]\w*>/g, '<_>');
  return unnamed.replaceAll(/(?:<_>)+/g, '<_>');
}
