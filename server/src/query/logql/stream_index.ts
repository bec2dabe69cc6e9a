import type { Labels, Matcher } from '../../model/labels.ts';
import type { Section } from '../../model/section.ts';
import { serviceOf } from '../../model/service.ts';
import { SEVERITY_TEXTS } from '../../model/severity.ts';
import {
  type LogStreamRows,
  type QueryOptions,
  readLogStreams,
  readLogStreamsById,
  readSeriesSection,
  type StoreReader,
} from '../../store/index.ts';
import { absorb, createIndexFeed, type IndexRows } from '../index_feed.ts';
import { SeriesIndex, type TimeRange } from '../series_index.ts';
import { type StreamLabels, streamLabels } from './row_labels.ts';
import { classOfName } from './vocabulary.ts';

/** The service of a stream lives in the index as one more label, under a name no label can have. */
export const SERVICE_KEY = '\u0000service';

/** The log streams of one tenant in memory, kept abreast of `log_streams`. */
export interface LogStreamIndex {
  /** Resolves when every stream visible in the store a quarter of a second ago is known. Throws StoreError. */
  refresh(): Promise<void>;
  select(matchers: readonly Matcher[], range: TimeRange): Uint32Array;
  /** Whether any stream ever had the label. */
  hasLabel(name: string): boolean;
  labels(reference: number): Labels;
  service(reference: number): string;
  id(reference: number): bigint;
  /** Labels ready for the pipeline by stored id; those of an unknown stream (not indexed yet) are empty. */
  byId(id: bigint): StreamLabels;
  /** Whether the stream is indexed. */
  knows(id: bigint): boolean;
  /**
   * Looks for streams by their ids: rows may be read before the next refresh finds their stream. Resolves with whether any
   * of them is indexed only now. Throws StoreError.
   */
  learn(ids: readonly bigint[]): Promise<boolean>;
  /** Takes streams out of every selection until they are written again: their records have been deleted. */
  forget(ids: readonly bigint[]): void;
  labelNames(matchers: readonly Matcher[], range: TimeRange): string[];
  /** Values a name answers to: those of the label, and of service names and levels also what streams derive. */
  values(name: string, matchers: readonly Matcher[], range: TimeRange): string[];
}

/** Hands over streams as they are acknowledged. */
export interface StreamFeed {
  /** Not 0 while every stream that is not in the store yet is handed over; another number whenever that began anew. */
  readonly attachment: number;
  /** Set by the index. */
  onStreams: ((section: Section) => void) | undefined;
}

const EMPTY = streamLabels([]);

/** @param fed what need not be asked of the store again and again */
export function createLogStreamIndex(
  reader: StoreReader,
  options: QueryOptions,
  now: () => number,
  fed?: StreamFeed,
): LogStreamIndex {
  const index = new SeriesIndex();
  const prepared = new Map<bigint, StreamLabels>();
  const known = new Set<string>();
  const indexRows = (rows: LogStreamRows): IndexRows => ({
    ...rows,
    labels: (row) => {
      const labels = rows.labels(row);
      for (let i = 0; i < labels.length; i += 2) known.add(labels[i] ?? '');
      return [SERVICE_KEY, serviceOf(labels), ...labels];
    },
  });
  const load = async function* (sinceMs: number) {
    for await (const rows of readLogStreams(reader, sinceMs, options)) yield indexRows(rows);
  };
  const feed = createIndexFeed({
    index,
    load,
    now,
    ...(fed === undefined ? {} : { attachment: () => fed.attachment }),
  });
  if (fed !== undefined) fed.onStreams = (section) => void absorb(index, indexRows(readSeriesSection(section)));
  const find = (id: bigint): number => index.find(Number(id >> 32n), Number(id & 0xffffffffn));
  return {
    refresh: () => feed.refresh(),
    select: (matchers, range) => index.select(matchers, range),
    hasLabel: (name) => known.has(name),
    labels: (reference) => index.labels(reference).slice(2),
    service: (reference) => index.labels(reference)[1] ?? '',
    id: (reference) => index.id(reference),
    byId(id) {
      const ready = prepared.get(id);
      if (ready !== undefined) return ready;
      const reference = find(id);
      if (reference < 0) return EMPTY;
      const labels = streamLabels(index.labels(reference).slice(2));
      prepared.set(id, labels);
      return labels;
    },
    knows: (id) => prepared.has(id) || find(id) >= 0,
    async learn(ids) {
      for await (const rows of readLogStreamsById(reader, ids, options)) absorb(index, indexRows(rows));
      return ids.some((id) => find(id) >= 0);
    },
    forget(ids) {
      for (const id of ids) {
        const reference = find(id);
        if (reference >= 0) index.forget(reference);
      }
    },
    labelNames: (matchers, range) =>
      [...index.labelNames(matchers, range).keys()].filter((name) => name !== SERVICE_KEY),
    values(name, matchers, range) {
      const values = new Set(index.labelValues(name, matchers, range).keys());
      const kind = classOfName(name).kind;
      if (kind === 'service')
        for (const value of index.labelValues(SERVICE_KEY, matchers, range).keys()) values.add(value);
      // Of streams without such a label the records have levels, which the index does not know.
      if (kind === 'level' && index.select([...matchers, { name, operator: '=', value: '' }], range).length > 0)
        for (const text of SEVERITY_TEXTS) if (text !== '') values.add(text);
      return [...values].sort();
    },
  };
}
