import { StoreError } from '../store/index.ts';
import type { BatchBlock, BatchKey, BatchStore, DetachedPart } from './batch_store.ts';

/** What the next INSERT does. `commit-then-fail` is the uncertain one: stored, but the answer is lost. */
export type Fate = 'ok' | 'commit-then-fail' | 'fail' | 'reject' | 'half';

/**
 * A store for tests: every row is one byte run of a block's width, kept with the batch it came in. Knows nothing of
 * de-duplication, as the real one.
 */
export class FakeStore implements BatchStore {
  /** Blocks per batch; a batch inserted twice has its blocks twice. */
  readonly batches = new Map<string, BatchBlock[]>();
  readonly order: BatchKey[] = [];
  fates: Fate[] = [];
  down = false;
  /** Presence checks made. */
  counted = 0;
  detached: DetachedPart[] = [];
  /** When set, nothing answers any more and nothing changes: the process that called is dead. */
  isDead: () => boolean = () => false;

  /** The same store as another process sees it. */
  view(isDead: () => boolean): BatchStore {
    const guard = async <T>(action: () => Promise<T>): Promise<T> => {
      if (isDead()) return await new Promise<never>(() => {});
      const result = await action();
      if (isDead()) return await new Promise<never>(() => {});
      return result;
    };
    return {
      insert: (key, blocks) => guard(() => this.insert(key, blocks)),
      counts: (unit, batchIds) => guard(() => this.counts(unit, batchIds)),
      remove: (key) => guard(() => this.remove(key)),
      detachedParts: () => guard(() => this.detachedParts()),
    };
  }

  async insert(key: BatchKey, blocks: readonly BatchBlock[]): Promise<void> {
    await Promise.resolve();
    this.#check();
    const fate = this.fates.shift() ?? 'ok';
    if (fate === 'reject') throw new StoreError('rejected', 62, 'refused');
    if (fate === 'fail') throw new StoreError('unavailable', 0, 'connection refused');
    const name = nameOf(key);
    const kept = fate === 'half' ? blocks.slice(0, blocks.length >> 1) : blocks;
    this.batches.set(name, [...(this.batches.get(name) ?? []), ...kept.map(copy)]);
    this.order.push(key);
    if (fate !== 'ok') throw new StoreError('unavailable', 0, 'connection reset');
  }

  async counts(unit: Omit<BatchKey, 'batchId'>, batchIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
    await Promise.resolve();
    this.#check();
    this.counted++;
    return new Map(
      batchIds.map((batchId) => {
        const blocks = this.batches.get(nameOf({ ...unit, batchId })) ?? [];
        return [batchId, blocks.reduce((sum, { rows }) => sum + rows, 0)];
      }),
    );
  }

  async remove(key: BatchKey): Promise<void> {
    this.#check();
    this.batches.delete(nameOf(key));
  }

  async detachedParts(): Promise<readonly DetachedPart[]> {
    this.#check();
    return this.detached;
  }

  /** Every stored item of a table, an item being a block's first four bytes as a number; repeats included. */
  items(table: string): number[] {
    const found: number[] = [];
    for (const [name, blocks] of this.batches) {
      if (!name.includes(`/${table}/`)) continue;
      for (const { block } of blocks) found.push(itemOf(block));
    }
    return found.sort((a, b) => a - b);
  }

  #check(): void {
    if (this.down) throw new StoreError('unavailable', 0, 'the engine is down');
  }
}

function nameOf(key: BatchKey): string {
  return `${key.tenant}/${key.table}/${key.partition}/${key.batchId}`;
}

function copy(block: BatchBlock): BatchBlock {
  return { rows: block.rows, block: block.block.slice() };
}

/** A block that carries one number. */
export function itemBlock(item: number, bytes = 16): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(bytes);
  new DataView(block.buffer).setUint32(0, item, true);
  return block;
}

function itemOf(block: Uint8Array): number {
  return new DataView(block.buffer, block.byteOffset, block.byteLength).getUint32(0, true);
}
