import { readRows } from './rows.ts';
import { bind, sql } from './sql.ts';
import type { StoreReader, StoreWriter } from './types.ts';

/** A request that was asked for, and how far it is: a higher version is a later stage. */
export interface KeptRequest<Body> {
  readonly id: string;
  readonly body: Body;
  readonly version: number;
  /** When it was asked for, ms since the epoch. */
  readonly createdMs: number;
}

/** Requests of one kind, kept in the table `state`: a crash half way does not undo the wish. */
export interface KeptRequests<Body> {
  /** Notes that a request has come to a stage. Throws StoreError. */
  note(database: string, id: string, body: Body, version: number): Promise<void>;
  /** All of them, the oldest first, as they were last noted. Throws StoreError. */
  all(database: string): Promise<readonly KeptRequest<Body>[]>;
}

/** @param kind names the requests in the table; bodies must be what JSON can hold */
export function createKeptRequests<Body>(reader: StoreReader, writer: StoreWriter, kind: string): KeptRequests<Body> {
  return {
    note: (database, id, body, version) =>
      writer.command(
        sql`INSERT INTO state (kind, id, version, body, author, time)
          SELECT ${bind.string(kind)}, ${bind.string(id)}, ${bind.uint64(version)}, ${bind.string(JSON.stringify(body))}, '', now64(3)`,
        { database },
      ),
    async all(database) {
      const { blocks } = await reader.collect(
        sql`SELECT id, argMax(body, version), toUInt32(max(version)), toFloat64(toUnixTimestamp64Milli(min(time))) AS created
          FROM state WHERE kind = ${bind.string(kind)} GROUP BY id ORDER BY created, id`,
        { database },
      );
      return readRows(blocks).map(([id, body, version, created]) => ({
        id: String(id),
        body: JSON.parse(String(body)) as Body,
        version: Number(version),
        createdMs: Number(created),
      }));
    },
  };
}
