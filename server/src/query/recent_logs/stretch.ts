import type { Section } from '../../model/section.ts';
import { logKeys, logPlaces } from '../../store/index.ts';
import { type KeptSections, WholeSections } from './kept_sections.ts';
import { WordSketch } from './word_sketch.ts';

/** Records that came about the same time. */
export interface LogStretch {
  /** Of its first section among all; those of a stretch follow each other. */
  readonly place: number;
  readonly rows: number;
  /** Of the latest, ns since the epoch. */
  readonly newestNs: bigint;
  /** Of the earliest. */
  readonly oldestNs: bigint;
  /** Records before this are in another stretch as well and do not count here, ns. */
  readonly sinceNs: bigint;
  /** The records' streams, each once; of those that were let go of, none. An array where none comes any more. */
  readonly streamIds: ReadonlySet<bigint> | BigUint64Array;
  /** What stands in the lines. */
  readonly words: WordSketch;
  /** Undefined when the records were let go of. */
  readonly records: KeptSections | undefined;
}

/** A stretch to whoever keeps it. */
export interface Stretch extends LogStretch {
  rows: number;
  newestNs: bigint;
  oldestNs: bigint;
  sinceNs: bigint;
  streamIds: Set<bigint> | BigUint64Array;
  records: KeptSections | undefined;
  /** Wall clock of the last section, ms. */
  cameMs: number;
  /** Sections that ended here. */
  sections: number;
}

/** In a set. */
const STREAM_BYTES = 48;
const BYTES_OF_A_STRETCH = 1024 * 1024;

export function newStretch(place: number): Stretch {
  return {
    place,
    rows: 0,
    newestNs: -1n,
    oldestNs: 1n << 63n,
    sinceNs: -1n,
    streamIds: new Set(),
    words: new WordSketch(),
    records: new WholeSections(),
    cameMs: Number.NEGATIVE_INFINITY,
    sections: 0,
  };
}

/** Whether a section should begin another stretch. @param most records of one */
export function isFull({ rows, records }: Stretch, section: Section, most: number): boolean {
  return rows > 0 && (rows + section.rows > most || (records?.bytes ?? 0) + section.block.length > BYTES_OF_A_STRETCH);
}

/** Adds a section of `otel_logs` to a stretch that is not closed. Throws NativeFormatError, and adds nothing then. */
export function addSection(stretch: Stretch, section: Section, cameMs: number): void {
  const { streamIds, records, words } = stretch;
  if (!(records instanceof WholeSections) || streamIds instanceof BigUint64Array)
    throw new Error('the stretch is closed');
  const { block, rows } = section;
  const places = logPlaces(block);
  const keys = logKeys(block, places);
  words.add(block.subarray(places.linesStart, places.linesEnd), rows);
  for (const time of keys.times) {
    if (time > stretch.newestNs) stretch.newestNs = time;
    if (time < stretch.oldestNs) stretch.oldestNs = time;
  }
  let last: bigint | undefined;
  for (const id of keys.streamIds) {
    if (id !== last) streamIds.add(id);
    last = id;
  }
  records.add(section);
  stretch.rows += rows;
  stretch.cameMs = cameMs;
}

/** Nothing is added any more. */
export function closeStretch(stretch: Stretch): void {
  if (stretch.streamIds instanceof BigUint64Array) return;
  stretch.words.close();
  stretch.streamIds = BigUint64Array.from(stretch.streamIds);
}

/** Bytes, without what objects take. */
export function memoryOf({ records, words, streamIds }: Stretch): number {
  const streamBytes = streamIds instanceof BigUint64Array ? streamIds.byteLength : streamIds.size * STREAM_BYTES;
  return (records?.bytes ?? 0) + words.bytes + streamBytes;
}
