import type { Interner } from '../../model/ingest.ts';
import type { Section } from '../../model/section.ts';
import { serviceOf } from '../../model/service.ts';
import type { Day } from '../../model/units.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { MapBuilder } from './attributes.ts';
import { DictionaryBuilder, Uint64Builder } from './growable.ts';

const MS_PER_DAY = 86_400_000;

/** Days since the epoch of a day written YYYYMMDD. */
function dayNumber(day: Day): number {
  return Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100) / MS_PER_DAY;
}

/**
 * The rows of `log_streams` for streams used on `day` whose row of that day is not stored yet.
 * @param references of `interner`
 * @param nowMs time of arrival, ms since the epoch: the rows' `created`
 */
export function logStreamSections(
  interner: Interner,
  references: ArrayLike<number>,
  day: Day,
  nowMs: number,
): Section[] {
  const rows = references.length;
  if (rows === 0) return [];
  const ids = new Uint64Builder(rows);
  const services = new DictionaryBuilder(rows);
  const labels = new MapBuilder(rows);
  for (let i = 0; i < rows; i++) {
    const reference = references[i] as number;
    const set = interner.labels(reference);
    ids.append(interner.idLow[reference] as number, interner.idHigh[reference] as number);
    services.appendText(serviceOf(set));
    for (let j = 0; j < set.length; j += 2) labels.entryText(set[j] as string, set[j + 1] as string);
    labels.endRow();
  }
  const block = encodeBlock(
    TABLES.log_streams,
    [
      { kind: 'number', values: new Uint16Array(rows).fill(dayNumber(day)) },
      ids.column(),
      services.column(),
      labels.column(),
      { kind: 'number', values: new BigInt64Array(rows).fill(BigInt(Math.floor(nowMs))) },
    ],
    rows,
    { omitLast: true },
  );
  return [{ table: 'log_streams', partition: day, rows, block }];
}
