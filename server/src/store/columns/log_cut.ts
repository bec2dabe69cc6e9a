import type { Section } from '../../model/section.ts';
import { Output, varintSize } from '../native/output.ts';
import { sliceColumn } from '../native/slice.ts';
import type { NativeType } from '../native/type.ts';
import { LOG_COLUMNS, logPlaces } from './log_view.ts';

/** A section of `otel_logs` as several of no more than so many rows, in order. Throws NativeFormatError. */
export function cutLogSection(section: Section, mostRows: number): readonly Section[] {
  const { block, rows } = section;
  if (rows <= mostRows) return [section];
  const { starts, ends } = logPlaces(block, LOG_COLUMNS.length);
  const cut: Section[] = [];
  for (let from = 0; from < rows; from += mostRows) {
    const to = Math.min(rows, from + mostRows);
    const pieces: Uint8Array[] = [];
    for (const [i, { type }] of LOG_COLUMNS.entries()) {
      const start = starts[i] as number;
      pieces.push(block.subarray(i === 0 ? headBytes(rows) : ends[i - 1], start));
      sliceColumn(block, start, type as NativeType, { rows, from, to }, pieces);
    }
    cut.push({ ...section, rows: to - from, block: joined(pieces, to - from) });
  }
  return cut;
}

/** The counts of columns, `batch_id` among them, and of rows. */
const headBytes = (rows: number): number => varintSize(LOG_COLUMNS.length + 1) + varintSize(rows);

function joined(pieces: readonly Uint8Array[], rows: number): Uint8Array<ArrayBuffer> {
  const out = new Output(pieces.reduce((sum, { length }) => sum + length, headBytes(rows)));
  out.varint(LOG_COLUMNS.length + 1);
  out.varint(rows);
  for (const piece of pieces) out.raw(piece);
  return out.bytes;
}
