import { BlockFormatError } from './bit_reader.ts';
import { ByteReader, checkCrc } from './byte_reader.ts';

const MAGIC = 0x0130_ba30;
const VERSION = 1;
const HEADER_BYTES = 5;

/** Deleted times of a series, both ends included, ms since the epoch. */
export interface DeletedRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * The `tombstones` file of a block: deleted ranges by reference of the series (tsdb/docs/format/tombstones.md).
 * @throws BlockFormatError when it is damaged: without it deleted samples would come back
 */
export function readTombstones(bytes: Uint8Array): ReadonlyMap<number, readonly DeletedRange[]> {
  const end = bytes.length - 4;
  const header = new ByteReader(bytes, 0, Math.max(end, 0));
  if (header.uint32() !== MAGIC) throw new BlockFormatError('tombstones: this is no file of tombstones');
  if (header.byte() !== VERSION) throw new BlockFormatError('tombstones: the version is not known');
  checkCrc(bytes, HEADER_BYTES, end, 'tombstones');
  const reader = new ByteReader(bytes, HEADER_BYTES, end);
  const deleted = new Map<number, DeletedRange[]>();
  while (reader.position < reader.end) {
    const reference = reader.uvarint();
    const range = { minMs: reader.varint(), maxMs: reader.varint() };
    const known = deleted.get(reference);
    if (known === undefined) deleted.set(reference, [range]);
    else known.push(range);
  }
  return deleted;
}

export function isDeleted(ranges: readonly DeletedRange[], timeMs: number): boolean {
  return ranges.some(({ minMs, maxMs }) => timeMs >= minMs && timeMs <= maxMs);
}
