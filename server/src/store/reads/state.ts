import type { StateRow } from '../columns/state.ts';
import { readRows } from '../rows.ts';
import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';

/** The newest version of each record of a kind, the latest written first. Throws StoreError. */
export async function readState(
  reader: StoreReader,
  kind: string,
  limit: number,
  options: QueryOptions,
): Promise<readonly StateRow[]> {
  const { blocks } = await reader.collect(
    sql`SELECT id, max(version) AS newest, argMax(body, version) AS text, argMax(author, version) AS who,
      toUnixTimestamp64Milli(argMax(time, version)) AS at
      FROM state WHERE kind = ${bind.string(kind)} GROUP BY id ORDER BY at DESC LIMIT ${bind.uint64(limit)}`,
    options,
  );
  return readRows(blocks).map(([id, version, body, author, timeMs]) => ({
    kind,
    id: String(id),
    version: Number(version),
    body: String(body),
    author: String(author),
    timeMs: Number(timeMs),
  }));
}
