import type { TableName } from '../model/section.ts';

/** What one INSERT is known by: it is in the store whole or not at all. */
export interface BatchKey {
  readonly tenant: string;
  readonly table: TableName;
  readonly partition: number;
  readonly batchId: number;
}

/** A Native block without its trailing `batch_id` column. */
export interface BatchBlock {
  readonly rows: number;
  readonly block: Uint8Array;
}

/** A part the engine set aside because it could not read it. */
export interface DetachedPart {
  readonly tenant: string;
  readonly table: string;
  readonly partition: string;
  readonly name: string;
  readonly reason: string;
}

/** What the loader needs of the store. Every method throws StoreError. */
export interface BatchStore {
  /** One INSERT of all blocks, one after the other, every row with the batch id. */
  insert(key: BatchKey, blocks: readonly BatchBlock[], signal: AbortSignal): Promise<void>;
  /**
   * Rows of each batch of one table and partition, asked after any INSERT of them that may still run has ended. Batches
   * without a row may be left out.
   */
  counts(
    unit: Omit<BatchKey, 'batchId'>,
    batchIds: readonly number[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, number>>;
  /** Removes every row of the batch, for good. */
  remove(key: BatchKey, signal: AbortSignal): Promise<void>;
  detachedParts(signal: AbortSignal): Promise<readonly DetachedPart[]>;
}
