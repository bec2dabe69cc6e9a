import { NativeFormatError } from '../native/type.ts';
import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { textReader } from './series.ts';

/** What is known of a metric family: the newest of what senders said. */
export interface MetadataRow {
  readonly metric: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/**
 * Metadata of all metrics, or of one, by name.
 * @param limit most metrics returned; 0: as many as there are
 */
export async function readMetadata(
  reader: StoreReader,
  metric: string | undefined,
  limit: number,
  options: QueryOptions,
): Promise<readonly MetadataRow[]> {
  const only = metric === undefined ? sql`1` : sql`metric = ${bind.string(metric)}`;
  const most = bind.uint64(limit === 0 ? 1_000_000 : limit);
  const { blocks } = await reader.collect(
    sql`SELECT metric, argMax(type, updated) AS kind, argMax(help, updated) AS text, argMax(unit, updated) AS measure
      FROM metadata WHERE ${only} GROUP BY metric ORDER BY metric LIMIT ${most}`,
    options,
  );
  return blocks.flatMap((block) => {
    const [metrics, types, helps, units] = block.columns.map(textReader);
    if (metrics === undefined || types === undefined || helps === undefined || units === undefined) {
      throw new NativeFormatError('four columns of text were expected');
    }
    return Array.from({ length: block.rows }, (_, row) => ({
      metric: metrics(row),
      type: types(row),
      help: helps(row),
      unit: units(row),
    }));
  });
}
