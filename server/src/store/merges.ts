import { sql } from './sql.ts';
import type { StoreWriter } from './types.ts';

/** Holds back the merging of parts on the server that is asked; a restart of the engine ends it. Throws StoreError. */
export async function pauseMerges(writer: StoreWriter): Promise<void> {
  await writer.command(sql`SYSTEM STOP MERGES`, { database: 'default' });
}

/** Lets parts be merged again. Throws StoreError. */
export async function resumeMerges(writer: StoreWriter): Promise<void> {
  await writer.command(sql`SYSTEM START MERGES`, { database: 'default' });
}
