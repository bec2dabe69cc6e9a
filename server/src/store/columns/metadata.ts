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
  readonly #rows = new Map<string, MetricMetadata>();

  /** Forgets the rows in the making. */
  clear(): void {
    this.#rows.clear();
  }

  append(metadata: MetricMetadata, nowMs: number): void {
    const known = this.#known.get(metadata.metric);
    if (known !== undefined && known.text === textOf(metadata) && nowMs - known.writtenMs < REPEAT_MS) return;
    this.#rows.set(metadata.metric, metadata);
  }

  /** The rows as a section of the day of `nowMs`, noted as written; none when there is nothing new. */
  sections(nowMs: number): Section[] {
    if (this.#rows.size === 0) return [];
    const rows = [...this.#rows.values()];
    if (this.#known.size + rows.length > MOST_KNOWN) this.#known.clear();
    for (const row of rows) this.#known.set(row.metric, { text: textOf(row), writtenMs: nowMs });
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

function textOf({ type, unit, help }: MetricMetadata): string {
  return `${type}\u0000${unit}\u0000${help}`;
}
