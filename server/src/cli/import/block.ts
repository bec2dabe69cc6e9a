import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { BlockFormatError } from './bit_reader.ts';
import { BlockIndex } from './block_index.ts';
import { ChunkFiles } from './chunk_files.ts';
import { type DeletedRange, readTombstones } from './tombstones.ts';

const metaShape = v.object({
  version: v.literal(1),
  ulid: v.string(),
  minTime: v.pipe(v.number(), v.safeInteger()),
  maxTime: v.pipe(v.number(), v.safeInteger()),
  stats: v.optional(v.object({ numSamples: v.optional(v.number(), 0), numSeries: v.optional(v.number(), 0) }), {}),
  compaction: v.optional(
    v.object({ parents: v.optional(v.nullable(v.array(v.object({ ulid: v.string() }))), []) }),
    {},
  ),
});

/** What `meta.json` says of a block. Times in ms since the epoch, the last one excluded. */
export interface BlockMeta {
  readonly directory: string;
  readonly ulid: string;
  readonly minMs: number;
  readonly maxMs: number;
  readonly samples: number;
  readonly series: number;
  /** Blocks this one was made of: what is left of them is here too. */
  readonly parents: readonly string[];
}

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** A directory of Prometheus' own storage. */
export interface TsdbDirectory {
  /** By time; without those that a later block replaces. */
  readonly blocks: readonly BlockMeta[];
  /** Directories that look like blocks and cannot be read, with the reason. */
  readonly broken: readonly { readonly name: string; readonly reason: string }[];
  /** Whether there are samples of the last hours that are in no block yet. */
  readonly hasHead: boolean;
}

/** Finds the blocks in a data directory of Prometheus. Throws when the directory cannot be read. */
export function listBlocks(directory: string): TsdbDirectory {
  const blocks: BlockMeta[] = [];
  const broken: { name: string; reason: string }[] = [];
  const names = readdirSync(directory);
  for (const name of names.filter((each) => ULID.test(each))) {
    try {
      blocks.push(readMeta(join(directory, name)));
    } catch (error) {
      broken.push({ name, reason: (error as Error).message });
    }
  }
  const replaced = new Set(blocks.flatMap(({ parents }) => parents));
  return {
    blocks: blocks.filter(({ ulid }) => !replaced.has(ulid)).sort((a, b) => a.minMs - b.minMs),
    broken,
    hasHead: names.includes('wal') || names.includes('chunks_head'),
  };
}

function readMeta(directory: string): BlockMeta {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(join(directory, 'meta.json'), 'utf8'));
  } catch (error) {
    throw new BlockFormatError(`meta.json: ${(error as Error).message}`, { cause: error });
  }
  const meta = v.safeParse(metaShape, json);
  if (!meta.success) throw new BlockFormatError(`meta.json: ${meta.issues[0].message}`);
  const { ulid, minTime: minMs, maxTime: maxMs, stats, compaction } = meta.output;
  const parents = (compaction.parents ?? []).map((parent) => parent.ulid);
  return { directory, ulid, minMs, maxMs, samples: stats.numSamples, series: stats.numSeries, parents };
}

/** An opened block. Whoever opened it disposes of it. */
export interface Block extends Disposable {
  readonly index: BlockIndex;
  readonly chunks: ChunkFiles;
  readonly deleted: ReadonlyMap<number, readonly DeletedRange[]>;
}

/** Opens a block and checks its index. @throws BlockFormatError when it is damaged where nothing else helps */
export function openBlock({ directory }: BlockMeta): Block {
  const index = new BlockIndex(readWhole(join(directory, 'index')));
  const stones = join(directory, 'tombstones');
  const deleted = existsSync(stones) ? readTombstones(readFileSync(stones)) : new Map<number, DeletedRange[]>();
  const chunks = new ChunkFiles(join(directory, 'chunks'));
  return { index, chunks, deleted, [Symbol.dispose]: () => chunks[Symbol.dispose]() };
}

/** A file of any size: `readFileSync` ends at 2 GiB. */
function readWhole(path: string): Uint8Array {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafeSlow(fstatSync(descriptor).size);
    for (let filled = 0; filled < bytes.length; ) {
      const count = readSync(descriptor, bytes, filled, Math.min(bytes.length - filled, 1 << 30), filled);
      if (count === 0) throw new BlockFormatError(`${path} became shorter while it was read`);
      filled += count;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}
