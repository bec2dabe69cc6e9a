import { dirname } from 'node:path';
import { crashPoint } from '../base/fault.ts';
import type { Files } from '../base/files.ts';
import {
  ForeignVersionError,
  listSegments,
  parseSegmentName,
  readSegment,
  type SegmentName,
} from '../base/segment_reader.ts';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import type { DamageReport } from './damage.ts';
import { decodeFrameHead } from './frame.ts';
import { indexName, readIndex, type SegmentIndex, SegmentIndexBuilder } from './segment_index.ts';

/** A segment of an earlier run. */
export interface OldSegment extends SegmentName {
  readonly bytes: number;
  readonly index: SegmentIndex;
  /** False when the index still has to be written beside the segment. */
  readonly indexed: boolean;
}

export interface Recovered {
  readonly checkpoint: Checkpoint | undefined;
  /** Oldest first; without segments of another format version. */
  readonly segments: readonly OldSegment[];
  /** Indexes of segments that are gone but young enough to hold remembered bodies, by file name. */
  readonly orphanIndexes: ReadonlyMap<string, SegmentIndex>;
  /** Above every number ever used, as far as the disk can tell. */
  readonly nextSeq: number;
  readonly nextBatch: number;
}

/**
 * What a start has to know before it may take new data: reads indexes of complete segments and the newest segment
 * itself, no more. Cuts an unfinished frame off the end of the newest segment (a crash while writing; never acknowledged).
 */
export async function recover(
  files: Files,
  directory: string,
  maxPayload: number,
  damage: DamageReport,
): Promise<Recovered> {
  await files.makeDirectory(directory);
  await files.syncDirectory(dirname(directory));
  for (const name of await files.list(directory)) {
    if (name.endsWith('.tmp')) await files.remove(`${directory}/${name}`);
  }
  const checkpoint = await readCheckpoint(files, directory);
  const names = await listSegments(files, directory);
  const segments: OldSegment[] = [];
  for (const name of names) {
    const found = await inspect(files, directory, name, name === names.at(-1), maxPayload, damage);
    if (found !== undefined) segments.push(found);
  }
  crashPoint('recovery.scanned');
  let nextSeq = Math.max(1, checkpoint?.nextSeq ?? 1);
  let nextBatch = Math.max(1, checkpoint?.nextBatch ?? 1);
  for (const segment of segments) {
    nextSeq = Math.max(nextSeq, segment.index.lastSeq + 1, segment.firstSeq + 1);
    nextBatch = Math.max(nextBatch, segment.index.lastBatch + 1);
  }
  return { checkpoint, segments, orphanIndexes: await readOrphans(files, directory, segments), nextSeq, nextBatch };
}

async function inspect(
  files: Files,
  directory: string,
  segment: SegmentName,
  newest: boolean,
  maxPayload: number,
  damage: DamageReport,
): Promise<OldSegment | undefined> {
  const path = `${directory}/${segment.name}`;
  const size = await sizeOf(files, path);
  const known = await readIndex(files, `${directory}/${indexName(segment.name)}`);
  if (known !== undefined && known.bytes === size) return { ...segment, bytes: size, index: known, indexed: true };
  const builder = new SegmentIndexBuilder();
  let end = size;
  let damaged = false;
  try {
    for await (const event of readSegment(files, path, segment, { maxPayload })) {
      if (event.kind === 'frame') {
        const head = decodeFrameHead(event.frame.payload);
        builder.add(event.frame.seq, head?.batchId ?? 0, head?.timeMs ?? 0, head?.bodyHash);
      } else if (event.kind === 'torn' && newest) {
        end = event.start;
      } else {
        damaged = true;
        await damage.range(segment.name, event.start, event.end);
      }
    }
  } catch (error) {
    if (!(error instanceof ForeignVersionError)) throw error;
    damage.foreign(segment.name, error);
    return undefined;
  }
  if (builder.frames === 0 && !damaged && newest) {
    await files.remove(path);
    await files.syncDirectory(directory);
    return undefined;
  }
  await settle(files, path, end, size);
  return { ...segment, bytes: end, index: builder.build(end), indexed: false };
}

/** Cuts the file at `end`, and makes sure that what we read of it is on disk and not only in the page cache. */
async function settle(files: Files, path: string, end: number, size: number): Promise<void> {
  const file = await files.open(path, 'write');
  try {
    if (end < size) await file.truncate(end);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function sizeOf(files: Files, path: string): Promise<number> {
  const file = await files.open(path, 'read');
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

async function readOrphans(
  files: Files,
  directory: string,
  segments: readonly SegmentName[],
): Promise<Map<string, SegmentIndex>> {
  const present = new Set(segments.map((segment) => indexName(segment.name)));
  const orphans = new Map<string, SegmentIndex>();
  for (const name of await files.list(directory)) {
    if (!name.endsWith('.idx') || present.has(name)) continue;
    if (parseSegmentName(name.replace(/\.idx$/, '.wal')) === undefined) continue;
    const index = await readIndex(files, `${directory}/${name}`);
    if (index !== undefined) orphans.set(name, index);
  }
  return orphans;
}
