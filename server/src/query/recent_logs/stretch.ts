import { wordsOf } from '../../base/words_of.ts';
import type { Section } from '../../model/section.ts';
import { logKeys, logPlaces } from '../../store/index.ts';
import { type KeptSections, WholeSections } from './kept_sections.ts';
import type { LineWords } from './word_group.ts';
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
  readonly words: LineWords;
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
  words: LineWords;
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
  if (!(records instanceof WholeSections && words instanceof WordSketch) || streamIds instanceof BigUint64Array)
    throw new Error('the stretch is closed');
  const { block, rows } = section;
  const places = logPlaces(block);
  const { times, streamIds: ids } = logKeys(block, places);
  words.add(block.subarray(places.linesStart, places.linesEnd), rows);
  const [oldestNs, newestNs] = rangeOf(times);
  if (newestNs > stretch.newestNs) stretch.newestNs = newestNs;
  if (oldestNs < stretch.oldestNs) stretch.oldestNs = oldestNs;
  addStreams(streamIds, ids);
  records.add(section);
  stretch.rows += rows;
  stretch.cameMs = cameMs;
}

/** The earliest and the latest of some times, compared in halves: reading each would make an object of it. */
function rangeOf(times: BigInt64Array): readonly [oldest: bigint, newest: bigint] {
  const low = wordsOf(Uint32Array, times);
  const high = wordsOf(Int32Array, times);
  let oldest = 0;
  let newest = 0;
  for (let i = 2; i < low.length; i += 2) {
    if (isBefore(low, high, i, oldest)) oldest = i;
    if (isBefore(low, high, newest, i)) newest = i;
  }
  return [times[oldest / 2] as bigint, times[newest / 2] as bigint];
}

function isBefore(low: Uint32Array, high: Int32Array, a: number, b: number): boolean {
  const [highA, highB] = [high[a + 1] as number, high[b + 1] as number];
  return highA < highB || (highA === highB && (low[a] as number) < (low[b] as number));
}

/** Records of a stream often follow each other. */
function addStreams(streams: Set<bigint>, ids: BigUint64Array): void {
  const halves = wordsOf(Uint32Array, ids);
  for (let i = 0; i < halves.length; i += 2) {
    if (i > 0 && halves[i] === halves[i - 2] && halves[i + 1] === halves[i - 1]) continue;
    streams.add(ids[i / 2] as bigint);
  }
}

/** Nothing is added any more. */
export function closeStretch(stretch: Stretch): void {
  if (stretch.streamIds instanceof BigUint64Array || !(stretch.words instanceof WordSketch)) return;
  stretch.words.close();
  stretch.streamIds = BigUint64Array.from(stretch.streamIds);
}

/** Bytes, without what objects take. */
export function memoryOf({ records, words, streamIds }: Stretch): number {
  const streamBytes = streamIds instanceof BigUint64Array ? streamIds.byteLength : streamIds.size * STREAM_BYTES;
  return (records?.bytes ?? 0) + words.bytes + streamBytes;
}
