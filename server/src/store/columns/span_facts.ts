import type { Section } from '../../model/section.ts';
import { dayOf } from '../../model/units.ts';
import type { StringColumn } from '../native/columns.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { timePairs } from './samples.ts';
import { dictionary } from './series.ts';

/** Which run of the program wrote something, and as its how many-th. */
export interface FactsPosition {
  readonly run: number;
  readonly number: number;
}

/** What the spans of a request add to the series made from them, as a row of `span_facts`. */
export function spanFactsSection(position: FactsPosition, timeMs: number, facts: Uint8Array): Section {
  const block = encodeBlock(TABLES.span_facts, [...positionColumns(position, timeMs, 1), bytesColumn([facts])], 1, {
    omitLast: true,
  });
  return { table: 'span_facts', partition: dayOf(timeMs), rows: 1, block };
}

/** Sums of all facts up to a position, as rows of `span_sums`; `timeMs` is when they are written, ms. */
export function spanSumsSection(
  position: FactsPosition,
  timeMs: number,
  rows: readonly { readonly key: string; readonly sums: Uint8Array }[],
): Section {
  const block = encodeBlock(
    TABLES.span_sums,
    [
      ...positionColumns(position, timeMs, rows.length),
      { kind: 'strings', values: rows.map(({ key }) => key) },
      bytesColumn(rows.map(({ sums }) => sums)),
    ],
    rows.length,
    { omitLast: true },
  );
  return { table: 'span_sums', partition: dayOf(timeMs), rows: rows.length, block };
}

/** A request whose spans wait, or the note that they wait no longer. */
export interface HeldRow {
  readonly position: FactsPosition;
  readonly released: boolean;
  readonly door: string;
  /** Decompressed; empty when released. */
  readonly body: Uint8Array;
}

/** Rows of `held_spans`; `timeMs` is when they are written, ms. */
export function heldSpansSection(timeMs: number, rows: readonly HeldRow[]): Section {
  const whole = (read: (row: HeldRow) => number) => ({
    kind: 'number' as const,
    values: timePairs(Float64Array.from(rows, read), null, rows.length),
  });
  const block = encodeBlock(
    TABLES.held_spans,
    [
      whole(() => timeMs),
      whole(({ position }) => position.run),
      whole(({ position }) => position.number),
      { kind: 'number', values: Uint8Array.from(rows, ({ released }) => (released ? 1 : 0)) },
      dictionary(rows.map(({ door }) => door)),
      bytesColumn(rows.map(({ body }) => body)),
    ],
    rows.length,
    { omitLast: true },
  );
  return { table: 'held_spans', partition: dayOf(timeMs), rows: rows.length, block };
}

function positionColumns({ run, number }: FactsPosition, timeMs: number, rows: number) {
  return [timeMs, run, number].map((value) => ({
    kind: 'number' as const,
    values: timePairs(new Float64Array(rows).fill(value), null, rows),
  }));
}

function bytesColumn(values: readonly Uint8Array[]): StringColumn {
  const offsets = new Uint32Array(values.length + 1);
  for (const [i, value] of values.entries()) offsets[i + 1] = (offsets[i] as number) + value.length;
  return { kind: 'string', bytes: Buffer.concat(values), offsets };
}
