import type { Section } from '../../model/section.ts';
import type { Block } from '../native/columns.ts';
import { createBlockDecoder, decodeColumns } from '../native/decode.ts';
import { batchIdTail } from '../native/encode.ts';
import { NativeFormatError } from '../native/type.ts';
import { type LogRows, logRows } from '../reads/logs.ts';
import { type HistogramRows, histogramRows } from '../reads/native_histograms.ts';
import { type SampleRows, sampleRows } from '../reads/samples.ts';
import { labelRows, type SeriesRows } from '../reads/series.ts';
import { type SpanRows, spanRows } from '../reads/span_rows.ts';
import { bigints } from '../reads/text_columns.ts';
import { withBlankColumns } from './blank_columns.ts';

/** A section's columns, `batch_id` (zeros) last. Throws NativeFormatError. */
function sectionBlock({ block, rows }: Pick<Section, 'block' | 'rows'>): Block {
  const decoder = createBlockDecoder();
  const early = decoder.push(block);
  const [decoded, ...more] = decoder.push(batchIdTail(rows, 0n));
  if (early.length > 0 || decoded === undefined || more.length > 0 || !decoder.atBoundary)
    throw new NativeFormatError('a section is one block');
  return decoded;
}

/** The samples of a section of `samples`, in the order they came. Throws NativeFormatError. */
export const readSampleSection = (section: Section): SampleRows => sampleRows(sectionBlock(section));

/** The label sets of a section of `series` or `log_streams`. Throws NativeFormatError. */
export function readSeriesSection(section: Section): SeriesRows {
  const { rows, columns } = sectionBlock(section);
  const [day, ids, , sets, created] = columns;
  return labelRows(rows, { ids, sets, first: day, last: day, created });
}

/** The histograms of a section of `native_histograms`, in the order they came. Throws NativeFormatError. */
export const readHistogramSection = (section: Section): HistogramRows => histogramRows(sectionBlock(section));

/** The records of a section of `otel_logs`, in the order they came. Throws NativeFormatError, StoreError. */
export const readLogSection = (section: Section): LogRows => logRows(sectionBlock(section), true);

/** What spans are looked up by: when they began and which trace they are of. */
export interface SpanKeys {
  readonly rows: number;
  /** ns since the epoch. */
  readonly starts: BigInt64Array | BigUint64Array;
  /** The 128 bits of each trace id in four words, the first digits first. */
  readonly traceIds: Uint32Array;
}

/** The keys of a section of `otel_traces`, in the order they came; nothing else of it is read. Throws NativeFormatError. */
export function readSpanKeys({ block }: Pick<Section, 'block'>): SpanKeys {
  const { rows, columns } = decodeColumns(block, 2);
  const [starts, ids] = columns;
  if (starts === undefined || ids?.kind !== 'string')
    throw new NativeFormatError('spans begin with their time and trace id');
  const traceIds = new Uint32Array(rows * TRACE_ID_WORDS);
  for (let row = 0; row < rows; row++) putWords(traceIds, row * TRACE_ID_WORDS, ids.bytes, ids.offsets[row] as number);
  return { rows, starts: bigints(starts), traceIds };
}

const TRACE_ID_WORDS = 4;

/** A trace id of 32 hex digits as it stands in {@link SpanKeys}. */
export function traceIdWords(id: string): Uint32Array {
  const words = new Uint32Array(TRACE_ID_WORDS);
  putWords(words, 0, Buffer.from(id), 0);
  return words;
}

/** Reads 32 lower-case hex digits at `start`. */
function putWords(words: Uint32Array, at: number, bytes: Uint8Array, start: number): void {
  for (let word = 0; word < TRACE_ID_WORDS; word++) {
    let value = 0;
    for (let i = start + word * 8; i < start + word * 8 + 8; i++) {
      const byte = bytes[i] as number;
      value = (value << 4) | (byte < 0x40 ? byte & 0xf : (byte & 0xf) + 9);
    }
    words[at + word] = value;
  }
}

/** The spans of a section of `otel_traces`, in the order they came. Throws NativeFormatError, StoreError. */
export const readSpanSection = (section: Section): SpanRows =>
  spanRows(withBlankColumns('otel_traces', sectionBlock(section)));
