import type { Interner } from '../../model/ingest.ts';
import type { Section } from '../../model/section.ts';
import { serviceOf } from '../../model/service.ts';
import { dayOf } from '../../model/units.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { MapBuilder } from './attributes.ts';
import { DictionaryBuilder, Uint64Builder } from './growable.ts';

const MS_PER_DAY = 86_400_000;

/**
 * The rows of `log_streams` for streams seen today for the first time, all in today's partition.
 * @param references of `interner`
 * @param nowMs time of arrival, ms since the epoch; the rows' day and `created`
 */
export function logStreamSections(
  interner: Interner,
  references: readonly number[] | Uint32Array,
  nowMs: number,
): Section[] {
  const rows = references.length;
  if (rows === 0) return [];
  const ids = new Uint64Builder(rows);
  const services = new DictionaryBuilder(rows);
  const labels = new MapBuilder(rows);
  for (const reference of references) {
    const set = interner.labels(reference);
    ids.append(interner.idLow[reference] as number, interner.idHigh[reference] as number);
    services.appendText(serviceOf(set));
    for (let i = 0; i < set.length; i += 2) labels.entryText(set[i] as string, set[i + 1] as string);
    labels.endRow();
  }
  const block = encodeBlock(
    TABLES.log_streams,
    [
      { kind: 'number', values: new Uint16Array(rows).fill(Math.floor(nowMs / MS_PER_DAY)) },
      ids.column(),
      services.column(),
      labels.column(),
      { kind: 'number', values: new BigInt64Array(rows).fill(BigInt(Math.floor(nowMs))) },
    ],
    rows,
    { omitLast: true },
  );
  return [{ table: 'log_streams', partition: dayOf(nowMs), rows, block }];
}
