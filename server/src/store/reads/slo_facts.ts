import type { SloFact } from '../../model/slo_fact.ts';
import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { numberReader, textReader } from './text_columns.ts';

const MOST_BYTES = 256 * 1024 * 1024;

export interface SloFactSelection {
  readonly objective: string;
  /** Slots that end after `fromMs` and not after `toMs`, ms since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  /** What was counted before is passed over, ms since the epoch. */
  readonly countedFromMs: number;
}

/** The newest count of every slot, by time. Throws StoreError. */
export async function readSloFacts(
  reader: StoreReader,
  { objective, fromMs, toMs, countedFromMs }: SloFactSelection,
  options: QueryOptions,
): Promise<SloFact[]> {
  const { blocks } = await reader.collect(
    sql`SELECT dimension, toUnixTimestamp(slot) AS second, argMax(bad, counted) AS bad_events, argMax(total, counted) AS events
      FROM slo_facts WHERE objective = ${bind.string(objective)} AND slot > ${bind.timeMs(Math.max(0, fromMs))}
      AND slot <= ${bind.timeMs(Math.max(0, toMs))} AND counted >= ${bind.timeMs(Math.max(0, countedFromMs))} GROUP BY dimension, slot ORDER BY slot, dimension`,
    { maxResultBytes: MOST_BYTES, ...options },
  );
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const dimension = textReader(columnOf(block, 'dimension'));
    const [second, bad, total] = ['second', 'bad_events', 'events'].map((name) => numberReader(columnOf(block, name)));
    return Array.from({ length: block.rows }, (_, row) => ({
      objective,
      dimension: dimension(row),
      slotMs: (second?.(row) ?? 0) * 1000,
      bad: bad?.(row) ?? 0,
      total: total?.(row) ?? 0,
    }));
  });
}
