import type { LogExpr, Stage } from '@trilith/lang/logql';
import { labelValue } from '../../model/labels.ts';
import { serviceOf } from '../../model/service.ts';
import { countLogValues, type LogPredicate } from '../../store/index.ts';
import type { LogqlEngine } from '../logql/engine.ts';
import { compilePipeline } from '../logql/pipeline.ts';
import { planStages } from '../logql/push_filters.ts';
import { planSelector } from '../logql/push_matchers.ts';
import { referencedNames } from '../logql/referenced_names.ts';
import { ROWS_A_LOOK } from '../logql/source.ts';
import { millisecondsOf } from '../logql/store_source.ts';
import { classOfName } from '../logql/vocabulary.ts';
import { Repetitions } from './repetitions.ts';

export interface FieldValuesQuery {
  readonly log: LogExpr;
  readonly field: string;
  /** The parser that takes the field out of the line, when it lives there. */
  readonly parser: 'json' | 'logfmt' | '';
  /** ns, half open. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Values wanted, the most frequent first. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

export interface FieldValues {
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** Different values among the lines that were counted. */
  readonly distinct: number;
  /** Lines that carry the field, and lines that were looked at. */
  readonly carrying: number;
  readonly counted: number;
  /** False when only the newest `counted` lines were looked at: the store cannot count this field by itself. */
  readonly exact: boolean;
}

/** Groups of stream and value a statement may return when both matter. */
const MOST_GROUPS = 100_000;
/** Lines counted here when the store cannot, and for how long (ms). */
const MOST_LINES = 100_000;
const LONGEST_MS = 2_000;

/** How often each value of a field occurs in the whole range. Throws LogqlError and StoreError. */
export async function logFieldValues(engine: LogqlEngine, query: FieldValuesQuery): Promise<FieldValues> {
  await engine.index.refresh();
  const range = millisecondsOf(query.startNs, query.endNs);
  const selector = planSelector(query.log.matchers, engine.index, range);
  const filters = planStages(query.log.stages, engine.index, range);
  if (selector.streams.length === 0) return { values: [], distinct: 0, carrying: 0, counted: 0, exact: true };
  if (query.parser !== '' || !selector.exact || !filters.exact) return countHere(engine, query);
  return countInStore(engine, query, { kind: 'and', parts: [selector.predicate, ...filters.predicate] });
}

async function countInStore(
  engine: LogqlEngine,
  query: FieldValuesQuery,
  predicate: LogPredicate,
): Promise<FieldValues> {
  const { field, startNs, endNs, limit } = query;
  const kind = classOfName(field);
  const labelled = engine.index.hasLabel(field);
  const byStream = labelled || kind.kind === 'service';
  const value =
    kind.kind === 'service'
      ? null
      : kind.kind === 'level'
        ? 'SeverityText'
        : kind.kind === 'id'
          ? { name: field, column: kind.column }
          : { name: field };
  const found = await countLogValues(
    engine.reader,
    { startNs, endNs, predicate, value, byStream, limit: byStream ? MOST_GROUPS : limit + 1 },
    optionsOf(engine, query),
  );
  if (!byStream) {
    const absent = found.rows.find((row) => row.value === '')?.lines;
    // The lines without the field are one group, perhaps not among the most frequent.
    const without = absent ?? (found.groups > found.rows.length ? await absentIn(engine, query, predicate) : 0);
    const values = found.rows.flatMap(({ value: text, lines }) => (text === '' ? [] : [{ value: text, count: lines }]));
    return {
      values: values.slice(0, limit),
      distinct: found.groups - (without > 0 ? 1 : 0),
      carrying: found.lines - without,
      counted: found.lines,
      exact: true,
    };
  }
  const counts = new Map<string, number>();
  for (const { value: own, streamId, lines } of found.rows) {
    const { labels } = engine.index.byId(streamId);
    const label = labelValue(labels, field) || (kind.kind === 'service' ? serviceOf(labels) : '');
    const text = label === '' ? own : label;
    if (text !== '') counts.set(text, (counts.get(text) ?? 0) + lines);
  }
  return { ...ranked(counts, limit), counted: found.lines, exact: found.groups <= MOST_GROUPS };
}

/** Lines that do not carry a field. */
async function absentIn(engine: LogqlEngine, query: FieldValuesQuery, predicate: LogPredicate): Promise<number> {
  const { field, startNs, endNs } = query;
  const kind = classOfName(field);
  const column = kind.kind === 'id' ? { column: kind.column } : {};
  const none: LogPredicate =
    kind.kind === 'level'
      ? { kind: 'column', column: 'SeverityText', test: { kind: 'in', values: [''] } }
      : { kind: 'field', field: { name: field, ...column }, test: { kind: 'in', values: [''] } };
  const found = await countLogValues(
    engine.reader,
    {
      startNs,
      endNs,
      predicate: { kind: 'and', parts: [predicate, none] },
      value: null,
      byStream: false,
      limit: 1,
    },
    optionsOf(engine, query),
  );
  return found.lines;
}

function optionsOf(engine: LogqlEngine, { signal }: FieldValuesQuery) {
  return { database: engine.database, ...(signal === undefined ? {} : { signal }) };
}

function ranked(
  counts: ReadonlyMap<string, number>,
  limit: number,
): Pick<FieldValues, 'values' | 'distinct' | 'carrying'> {
  const all = [...counts].map(([value, count]) => ({ value, count }));
  all.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return {
    values: all.slice(0, limit),
    distinct: all.length,
    carrying: all.reduce((sum, one) => sum + one.count, 0),
  };
}

function parserStage(parser: 'json' | 'logfmt', span: LogExpr['span']): Stage {
  if (parser === 'json') return { kind: 'json', extractions: [], span };
  return { kind: 'logfmt', strict: false, keepEmpty: false, extractions: [], span };
}

/** Counts the newest lines one by one, within bounds of lines and time. */
async function countHere(engine: LogqlEngine, query: FieldValuesQuery): Promise<FieldValues> {
  const { log, parser, field, startNs, endNs, limit, signal } = query;
  const extracts = log.stages.some((stage) => stage.kind === 'json' || stage.kind === 'logfmt');
  const stages = parser === '' || extracts ? log.stages : [...log.stages, parserStage(parser, log.span)];
  const pipeline = compilePipeline(stages);
  const counts = new Map<string, number>();
  const names = referencedNames(stages);
  names.add(field);
  const stopAt = performance.now() + LONGEST_MS;
  const repetitions = new Repetitions();
  let counted = 0;
  let exact = true;
  const selection = { log, startNs, endNs, direction: 'backward' as const, ...(signal ? { signal } : {}) };
  batches: for await (const batch of engine.source(names).select(selection)) {
    const { turn } = batch;
    for (let i = 0; i < batch.rows; i++) {
      if (i % ROWS_A_LOOK === 0 && turn?.due()) await turn.pause();
      if (counted >= MOST_LINES || performance.now() > stopAt) {
        exact = false;
        break batches;
      }
      const timeNs = batch.times[i] ?? 0n;
      if (!repetitions.isNew(timeNs, batch.identity(i))) continue;
      const row = pipeline.run(batch.stream(i), batch.metadata(i), batch.line(i), timeNs, batch.virtual(i));
      if (row === undefined) continue;
      counted++;
      const value = row.labels.get(field) ?? '';
      if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return { ...ranked(counts, limit), counted, exact };
}
