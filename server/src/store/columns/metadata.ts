import type { Section } from '../../model/section.ts';
import { dayOf } from '../../model/units.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { timePairs } from './samples.ts';
import { dayNumber, dictionary } from './series.ts';

/** Prometheus' names of metric types, in the order remote write numbers them. */
export const METRIC_TYPES = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
] as const;
export type MetricType = (typeof METRIC_TYPES)[number];

export interface MetricMetadata {
  /** Name of the metric family. */
  readonly metric: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}

/** How long known metadata is not written again. */
const REPEAT_MS = 3_600_000;
/** Families remembered; beyond it everything is forgotten and written once more. */
const MOST_KNOWN = 100_000;

/**
 * Rows of the `metadata` table in the making. Senders repeat metadata every minute or with every sample, so what was written
 * within the last hour is not written again.
 */
export class MetadataColumns {
  readonly #known = new Map<string, { readonly text: string; readonly writtenMs: number }>();
  #rows: MetricMetadata[] = [];

  truncate(rows: number): void {
    this.#rows.length = rows;
  }

  append(metadata: MetricMetadata, nowMs: number): void {
    const text = `${metadata.type}\u0000${metadata.unit}\u0000${metadata.help}`;
    const known = this.#known.get(metadata.metric);
    if (known !== undefined && known.text === text && nowMs - known.writtenMs < REPEAT_MS) return;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(metadata.metric, { text, writtenMs: nowMs });
    this.#rows.push(metadata);
  }

  /** The rows as a section of the day of `nowMs`; none when there is nothing new. */
  sections(nowMs: number): Section[] {
    const rows = this.#rows;
    if (rows.length === 0) return [];
    const day = dayOf(nowMs);
    const block = encodeBlock(
      TABLES.metadata,
      [
        { kind: 'number', values: new Uint16Array(rows.length).fill(dayNumber(day)) },
        { kind: 'strings', values: rows.map(({ metric }) => metric) },
        dictionary(rows.map(({ type }) => type)),
        { kind: 'strings', values: rows.map(({ help }) => help) },
        dictionary(rows.map(({ unit }) => unit)),
        { kind: 'number', values: timePairs(new Float64Array(rows.length).fill(nowMs), null, rows.length) },
      ],
      rows.length,
      { omitLast: true },
    );
    return [{ table: 'metadata', partition: day, rows: rows.length, block }];
  }
}
