import type { Section } from '../../model/section.ts';
import { cutColumn } from '../native/cut.ts';
import { Output, varintSize } from '../native/output.ts';
import { LOG_COLUMNS, logPlaces } from './log_view.ts';

/** Each part has all keys of the dictionaries: parts that take so many times the whole and more than so many bytes are not worth it. */
const MOST_TIMES = 4;
const FEW_BYTES = 4 * 1024 * 1024;

/**
 * A section of `otel_logs` as several of no more than so many rows, in order; one whose records have mostly names of their
 * own stays whole. Throws NativeFormatError.
 */
export function cutLogSection(section: Section, mostRows: number): readonly Section[] {
  const { block, rows } = section;
  if (rows <= mostRows) return [section];
  const { starts, ends } = logPlaces(block, LOG_COLUMNS.length);
  const cuts: number[] = [];
  for (let row = 0; row < rows; row += mostRows) cuts.push(row);
  cuts.push(rows);
  const parts = cuts.slice(1).map((): Uint8Array[] => []);
  for (const [i, { type }] of LOG_COLUMNS.entries()) {
    const start = starts[i] as number;
    const names = block.subarray(i === 0 ? headBytes(rows) : ends[i - 1], start);
    for (const part of parts) part.push(names);
    cutColumn(block, start, type, cuts, parts);
  }
  const bytes = parts.reduce((sum, part) => sum + sizeOf(part), 0);
  if (bytes > FEW_BYTES && bytes > MOST_TIMES * block.length) return [section];
  return parts.map((part, i) => {
    const partRows = (cuts[i + 1] as number) - (cuts[i] as number);
    return { ...section, rows: partRows, block: joined(part, partRows) };
  });
}

const sizeOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

/** The counts of columns, `batch_id` among them, and of rows. */
const headBytes = (rows: number): number => varintSize(LOG_COLUMNS.length + 1) + varintSize(rows);

function joined(pieces: readonly Uint8Array[], rows: number): Uint8Array<ArrayBuffer> {
  const out = new Output(headBytes(rows) + sizeOf(pieces));
  out.varint(LOG_COLUMNS.length + 1);
  out.varint(rows);
  for (const piece of pieces) out.raw(piece);
  return out.bytes;
}
