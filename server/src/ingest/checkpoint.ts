import { crashPoint } from '../base/fault.ts';
import type { Files } from '../base/files.ts';
import { readCheckedJson, writeCheckedJson } from './checked_json.ts';

/** A place between two frames of the log. */
export interface LogPosition {
  /** `firstSeq` of the segment. */
  readonly segment: number;
  readonly offset: number;
  /** Sequence number of the frame that comes there. */
  readonly seq: number;
}

/** How far the store has everything. Replay starts at `loaded`; what comes again is found by the presence check. */
export interface Checkpoint {
  readonly generation: number;
  readonly loaded: LogPosition;
  /** Sequence number of the oldest frame still in the log; an older one that is missing is no loss. */
  readonly oldestSeq: number;
  readonly nextSeq: number;
  readonly nextBatch: number;
}

const NAMES = ['checkpoint.0.json', 'checkpoint.1.json'] as const;

/** Writes the generation over the one before the last; both files stay whole at any crash. */
export async function writeCheckpoint(files: Files, directory: string, checkpoint: Checkpoint): Promise<void> {
  await writeCheckedJson(files, `${directory}/${NAMES[checkpoint.generation % 2 === 0 ? 0 : 1]}`, checkpoint, {
    beforeRename: () => crashPoint('checkpoint.beforeRename'),
    afterRename: () => crashPoint('checkpoint.afterRename'),
  });
}

/** The newest checkpoint that is whole; undefined when there is none, which means replaying everything. */
export async function readCheckpoint(files: Files, directory: string): Promise<Checkpoint | undefined> {
  let newest: Checkpoint | undefined;
  for (const name of NAMES) {
    const found = await readCheckedJson(files, `${directory}/${name}`);
    if (isCheckpoint(found) && (newest === undefined || found.generation > newest.generation)) newest = found;
  }
  return newest;
}

function isCheckpoint(value: unknown): value is Checkpoint {
  if (typeof value !== 'object' || value === null || !('loaded' in value)) return false;
  const { loaded } = value;
  if (typeof loaded !== 'object' || loaded === null || !('segment' in loaded) || !('offset' in loaded)) return false;
  if (!('seq' in loaded)) return false;
  const numbers: readonly unknown[] = [
    loaded.segment,
    loaded.offset,
    loaded.seq,
    'generation' in value && value.generation,
    'oldestSeq' in value && value.oldestSeq,
    'nextSeq' in value && value.nextSeq,
    'nextBatch' in value && value.nextBatch,
  ];
  return numbers.every((number) => Number.isSafeInteger(number));
}
