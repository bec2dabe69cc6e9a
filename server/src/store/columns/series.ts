import type { Interner } from '../../model/ingest.ts';
import { type Labels, labelValue } from '../../model/labels.ts';
import type { Section } from '../../model/section.ts';
import type { Day } from '../../model/units.ts';
import type { Column } from '../native/columns.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { timePairs } from './samples.ts';

const MS_PER_DAY = 86_400_000;

/**
 * The rows of `series` for series used on a UTC day whose row of that day is not stored yet.
 * @param references as the interner's `takeUnwritten` gives them
 * @param createdMs when the rows are made, ms since the epoch; readers poll by it
 */
export function seriesSections(
  interner: Interner,
  references: ArrayLike<number>,
  day: Day,
  createdMs: number,
): Section[] {
  const rows = references.length;
  if (rows === 0) return [];
  const labels = Array.from(references, (reference) => interner.labels(reference));
  const block = encodeBlock(
    TABLES.series,
    [
      { kind: 'number', values: new Uint16Array(rows).fill(dayNumber(day)) },
      { kind: 'number', values: idPairs(interner, references) },
      dictionary(labels.map((set) => labelValue(set, '__name__'))),
      labelsMap(labels),
      { kind: 'number', values: timePairs(new Float64Array(rows).fill(createdMs), null, rows) },
    ],
    rows,
    { omitLast: true },
  );
  return [{ table: 'series', partition: day, rows, block }];
}

/** UInt64 ids of references as word pairs, low first. */
export function idPairs(interner: Interner, references: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const pairs = new Uint32Array(references.length * 2);
  for (let row = 0; row < references.length; row++) {
    const reference = references[row] as number;
    pairs[row * 2] = interner.idLow[reference] as number;
    pairs[row * 2 + 1] = interner.idHigh[reference] as number;
  }
  return pairs;
}

/** Days since the epoch, as ClickHouse's Date holds them. */
export function dayNumber(day: Day): number {
  return Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100) / MS_PER_DAY;
}

/** LowCardinality(String): each distinct value once. */
export function dictionary(values: readonly string[]): Column {
  const keys = new Map<string, number>();
  const indexes = new Uint32Array(values.length);
  for (const [row, value] of values.entries()) {
    let index = keys.get(value);
    if (index === undefined) {
      index = keys.size;
      keys.set(value, index);
    }
    indexes[row] = index;
  }
  return { kind: 'dictionary', keys: { kind: 'strings', values: [...keys.keys()] }, indexes };
}

/** Map(LowCardinality(String), String) of label sets. */
export function labelsMap(sets: readonly Labels[]): Column {
  const names: string[] = [];
  const values: string[] = [];
  const offsets = new Uint32Array(sets.length);
  for (const [row, set] of sets.entries()) {
    for (let i = 0; i < set.length; i += 2) {
      names.push(set[i] ?? '');
      values.push(set[i + 1] ?? '');
    }
    offsets[row] = names.length;
  }
  return { kind: 'map', offsets, keys: dictionary(names), values: { kind: 'strings', values } };
}
