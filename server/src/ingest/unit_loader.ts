import { crashPoint } from '../base/fault.ts';
import { type Files, replaceFile } from '../base/files.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { TableName } from '../model/section.ts';
import { foldPatternCounts, NativeFormatError, StoreError } from '../store/index.ts';
import type { BatchBlock, BatchKey, BatchStore } from './batch_store.ts';
import type { Batchlet } from './frame.ts';

/** One INSERT: all rows of a batch for one table and partition of one tenant. */
export interface LoadUnit {
  readonly key: BatchKey;
  rows: number;
  readonly blocks: BatchBlock[];
}

export interface LoadCounts {
  inserts: number;
  rows: number;
  /** Batches a presence check found already stored. */
  alreadyStored: number;
  /** Batches found half stored, removed and inserted again. */
  partial: number;
  /** Batches the engine refused, set aside in `refused/`. */
  refused: number;
  /** Attempts that failed and were made again. */
  retries: number;
  lastError: string;
}

export interface UnitLoaderOptions {
  readonly store: BatchStore;
  readonly files: Files;
  /** The log's directory; refused batches go to `refused/` in it. */
  readonly directory: string;
  readonly log: Logger;
  /** First pause after a failure, ms; doubles up to `maxBackoffMs`. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  readonly counts: LoadCounts;
}

/** Attempts after which a batch that always breaks a bound of the engine is set aside, so that others go on. */
const LIMIT_ATTEMPTS = 8;
/** A refusal may be a passing trouble of the engine under a code nobody foresaw, so it is not believed at once. */
const REFUSED_ATTEMPTS = 5;
/** Loaded before the rest, so that whatever is visible has its labels. */
const FIRST: ReadonlySet<TableName> = new Set<TableName>(['series', 'log_streams', 'metadata']);
const PARALLEL = 3;

/** The INSERTs of a batch in two stages: label tables, then everything else. */
function unitsOf(id: number, frames: readonly Batchlet[]): readonly [readonly LoadUnit[], readonly LoadUnit[]] {
  const units = new Map<string, LoadUnit>();
  for (const { tenant, sections } of frames) {
    for (const { table, partition, rows, block } of sections) {
      if (rows === 0) continue;
      const name = `${partition}/${table}/${tenant}`;
      let unit = units.get(name);
      if (unit === undefined) {
        unit = { key: { tenant, table, partition, batchId: id }, rows: 0, blocks: [] };
        units.set(name, unit);
      }
      unit.rows += rows;
      unit.blocks.push({ rows, block });
    }
  }
  const all = [...units.values()];
  return [all.filter(({ key }) => FIRST.has(key.table)), all.filter(({ key }) => !FIRST.has(key.table))];
}

/** Rows the store has of each batch of a unit, by `unitName`. */
export type Presence = ReadonlyMap<string, number>;

function unitName({ tenant, table, partition, batchId }: BatchKey): string {
  return `${batchId}/${partition}/${table}/${tenant}`;
}

/** Asks the store about many batches at once, one question per table and partition. Throws StoreError. */
export async function lookUp(
  store: BatchStore,
  batches: readonly { readonly id: number; readonly frames: readonly Batchlet[] }[],
  signal: AbortSignal,
): Promise<Presence> {
  const idsByUnit = new Map<string, { readonly unit: BatchKey; readonly ids: number[] }>();
  for (const { id, frames } of batches) {
    for (const { key } of unitsOf(id, frames).flat()) {
      const name = unitName({ ...key, batchId: 0 });
      const known = idsByUnit.get(name);
      if (known === undefined) idsByUnit.set(name, { unit: key, ids: [id] });
      else known.ids.push(id);
    }
  }
  const presence = new Map<string, number>();
  for (const { unit, ids } of idsByUnit.values()) {
    const counts = await store.counts(unit, ids, signal);
    for (const id of ids) presence.set(unitName({ ...unit, batchId: id }), counts.get(id) ?? 0);
  }
  return presence;
}

/**
 * Brings every unit into the store exactly once; resolves when each is stored or set aside. Rejects only when `signal`
 * aborts. `presence` says what the store has of a batch that an earlier attempt may have brought there.
 */
export async function loadBatch(
  options: UnitLoaderOptions,
  id: number,
  frames: readonly Batchlet[],
  presence: Presence | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (const stage of unitsOf(id, frames)) {
    let next = 0;
    const work = async (): Promise<void> => {
      for (let unit = stage[next++]; unit !== undefined; unit = stage[next++]) {
        await loadUnit(options, folded(unit), presence?.get(unitName(unit.key)) ?? 0, signal);
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, stage.length) }, work));
  }
}

/** Counts of patterns of requests that came at the same time, added up. */
function folded(unit: LoadUnit): LoadUnit {
  if (unit.key.table !== 'log_patterns') return unit;
  try {
    const blocks = [...foldPatternCounts(unit.blocks)];
    return { ...unit, rows: blocks.reduce((sum, { rows }) => sum + rows, 0), blocks };
  } catch (error) {
    // The engine says what is wrong with them, and they are set aside.
    if (error instanceof NativeFormatError) return unit;
    throw error;
  }
}

async function loadUnit(
  options: UnitLoaderOptions,
  unit: LoadUnit,
  present: number,
  signal: AbortSignal,
): Promise<void> {
  const { counts, log, store } = options;
  let found: number | undefined = present;
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      found ??= await countOf(store, unit.key, signal);
      if (await isStored(options, unit, found, signal)) {
        counts.alreadyStored++;
        return;
      }
      found = undefined;
      crashPoint('loader.beforeInsert');
      await store.insert(unit.key, unit.blocks, signal);
      crashPoint('loader.afterInsert');
      counts.inserts++;
      counts.rows += unit.rows;
      return;
    } catch (error) {
      signal.throwIfAborted();
      const kind = error instanceof StoreError ? error.kind : 'rejected';
      counts.lastError = error instanceof Error ? error.message : String(error);
      if ((kind === 'rejected' && attempt >= REFUSED_ATTEMPTS) || (kind === 'limit' && attempt >= LIMIT_ATTEMPTS)) {
        await setAside(options, unit, error);
        return;
      }
      counts.retries++;
      log.limited('WARN', 'loader-retry', 30, 'the store did not take a batch, trying again', { ...unit.key, error });
      await pause(Math.min(options.maxBackoffMs, options.backoffMs * 2 ** Math.min(attempt, 20)), signal);
    }
  }
}

async function countOf(store: BatchStore, key: BatchKey, signal: AbortSignal): Promise<number> {
  return (await store.counts(key, [key.batchId], signal)).get(key.batchId) ?? 0;
}

/** A batch that is half there is taken out, so that it can be inserted whole. @param found rows the store has of it */
async function isStored(
  options: UnitLoaderOptions,
  unit: LoadUnit,
  found: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (found === 0) return false;
  // More than the log has: the log lost a frame of the batch after it was stored.
  if (found >= unit.rows) return true;
  options.counts.partial++;
  options.log.error('a batch is only partly in the store; it is removed and inserted again', {
    ...unit.key,
    found,
    expected: unit.rows,
  });
  await options.store.remove(unit.key, signal);
  const left = await countOf(options.store, unit.key, signal);
  if (left !== 0) throw new StoreError('unavailable', 0, `${left} rows of a partial batch are still there`);
  return false;
}

/** Keeps a refused batch as a file in the engine's Native format without `batch_id`; one file per block. */
async function setAside(options: UnitLoaderOptions, unit: LoadUnit, cause: unknown): Promise<void> {
  const { files, directory, log, counts } = options;
  const { tenant, table, partition, batchId } = unit.key;
  counts.refused++;
  const name = `${encodeURIComponent(tenant)}-${table}-${partition}-${batchId}.blocks`;
  log.error('the store refused a batch; it is set aside', { ...unit.key, rows: unit.rows, file: name, error: cause });
  try {
    await files.makeDirectory(`${directory}/refused`);
    const chunks = unit.blocks.flatMap(({ rows, block }) => [lengths(rows, block.length), block]);
    await replaceFile(files, `${directory}/refused/${name}`, chunks);
  } catch (error) {
    log.error('could not set a refused batch aside', { ...unit.key, error });
  }
}

/** Before each block in a set-aside file: rows u32, length u32. */
function lengths(rows: number, length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows, true);
  view.setUint32(4, length, true);
  return bytes;
}

/** Waits, or rejects with the signal's reason. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
