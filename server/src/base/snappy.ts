/**
 * Snappy's raw block format (github.com/google/snappy/blob/main/format_description.txt): a varint with the length of the
 * uncompressed data, then literals and copies. The declared length is checked before a byte is allocated.
 */
export class SnappyError extends Error {
  override readonly name = 'SnappyError';
  /** `too-large`: the declared length passes the caller's bound; `corrupt`: not a snappy block. */
  readonly kind: 'too-large' | 'corrupt';
  constructor(kind: SnappyError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface SnappyBounds {
  /** The largest uncompressed size accepted, in bytes. */
  readonly maxBytes: number;
  /** A buffer to decode into when it has 8 bytes more than are needed; the result is then a view of it. */
  readonly into?: Uint8Array<ArrayBuffer>;
}

/** No element of three input bytes gives more than 64 bytes of output, so this bounds what a length may honestly declare. */
const MOST_BYTES_PER_INPUT_BYTE = 32;
/** Runs longer than this are copied by the runtime, shorter ones by words of 8 bytes: a call costs more than it saves. */
const LONG_RUN = 64;
/** Bytes behind the output that copying by whole words may touch. */
const SLACK = 8;

/**
 * Decodes a snappy block.
 * @throws SnappyError `too-large` when the declared length passes `maxBytes`, `corrupt` on anything malformed
 */
export function snappyUncompress(input: Uint8Array, bounds: SnappyBounds): Uint8Array<ArrayBuffer> {
  const { length, position } = declaredLength(input);
  if (length > bounds.maxBytes) {
    throw new SnappyError('too-large', `snappy block declares ${length} bytes, the limit is ${bounds.maxBytes}`);
  }
  if (length > (input.length - position) * MOST_BYTES_PER_INPUT_BYTE) {
    throw new SnappyError('corrupt', `snappy block declares ${length} bytes, more than ${input.length} can hold`);
  }
  const given = bounds.into;
  const room = given !== undefined && given.length >= length + SLACK ? given : new Uint8Array(length + SLACK);
  const output = room.subarray(0, length);
  decode(input, position, output);
  return output;
}

function declaredLength(input: Uint8Array): { length: number; position: number } {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = input[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) {
      if (length > 0xffffffff) break;
      return { length, position: i + 1 };
    }
  }
  throw new SnappyError('corrupt', 'snappy block without a valid length');
}

/** The hot loop: one tag at a time, every bound checked once per tag, then copied without checks. */
function decode(input: Uint8Array, start: number, output: Uint8Array): void {
  const inputEnd = input.length;
  const outputEnd = output.length;
  const source = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const target = new DataView(output.buffer, output.byteOffset, outputEnd + SLACK);
  const lastWord = inputEnd - SLACK;
  let from = start;
  let to = 0;
  while (from < inputEnd) {
    const tag = input[from++] as number;
    let length = tag >>> 2;
    if ((tag & 3) === 0) {
      if (length >= 60) {
        const extra = length - 59;
        if (from + extra > inputEnd) throw corrupt(from);
        length = 0;
        // All lengths and offsets stay int32 here: one wider number would make every sum in this loop a double.
        for (let i = 0; i < extra; i++) length |= (input[from + i] as number) << (8 * i);
        from += extra;
      }
      length++;
      if (length <= 0 || length > inputEnd - from || length > outputEnd - to) throw corrupt(from);
      if (length > LONG_RUN) {
        output.set(input.subarray(from, from + length), to);
        from += length;
        to += length;
      } else {
        const end = from + length;
        let word = to;
        to += length;
        for (; from < end && from <= lastWord; from += 8, word += 8) {
          target.setBigInt64(word, source.getBigInt64(from, true), true);
        }
        for (; from < end; from++, word++) output[word] = input[from] as number;
        from = end;
      }
      continue;
    }
    let offset: number;
    if ((tag & 3) === 1) {
      if (from >= inputEnd) throw corrupt(from);
      length = ((tag >>> 2) & 7) + 4;
      offset = ((tag >>> 5) << 8) | (input[from] as number);
      from += 1;
    } else if ((tag & 3) === 2) {
      if (from + 2 > inputEnd) throw corrupt(from);
      length++;
      offset = (input[from] as number) | ((input[from + 1] as number) << 8);
      from += 2;
    } else {
      if (from + 4 > inputEnd) throw corrupt(from);
      length++;
      offset = word32(input, from);
      from += 4;
    }
    if (offset <= 0 || offset > to || length > outputEnd - to) throw corrupt(from);
    if (length > LONG_RUN && offset >= length) {
      output.copyWithin(to, to - offset, to - offset + length);
      to += length;
    } else if (offset >= 8) {
      // Words may overlap the run they repeat, since each is read before the next is written. Most runs are one or two words:
      // the first without asking. Compiled, no word becomes an object.
      const end = to + length;
      target.setBigInt64(to, target.getBigInt64(to - offset, true), true);
      for (let word = to + 8; word < end; word += 8) {
        target.setBigInt64(word, target.getBigInt64(word - offset, true), true);
      }
      to = end;
    } else if (offset >= 4) {
      const end = to + length;
      for (let word = to; word < end; word += 4) target.setInt32(word, target.getInt32(word - offset, true), true);
      to = end;
    } else {
      const end = to + length;
      for (; to < end; to++) output[to] = output[to - offset] as number;
    }
  }
  if (to !== outputEnd) throw new SnappyError('corrupt', `snappy block ends after ${to} of ${outputEnd} bytes`);
}

function corrupt(position: number): SnappyError {
  return new SnappyError('corrupt', `corrupt snappy block near byte ${position}`);
}

const HASH_BITS = 14;
/** Copies reach back 64 KiB at most, so input is taken in fragments of that size, as the reference encoder does. */
const FRAGMENT = 65_536;

/** Encodes a snappy block: greedy matching with one hash table per fragment. For senders, tests and benchmarks. */
export function snappyCompress(input: Uint8Array): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(32 + input.length + Math.ceil(input.length / 6));
  let to = 0;
  let rest = input.length;
  while (rest >= 0x80) {
    output[to++] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 128);
  }
  output[to++] = rest;
  const table = new Uint16Array(1 << HASH_BITS);
  for (let base = 0; base < input.length; base += FRAGMENT) {
    to = compressFragment(input, base, Math.min(base + FRAGMENT, input.length), output, to, table.fill(0));
  }
  return output.slice(0, to);
}

function compressFragment(
  input: Uint8Array,
  base: number,
  end: number,
  output: Uint8Array,
  start: number,
  table: Uint16Array,
): number {
  let to = start;
  let literal = base;
  let at = base + 1;
  while (at + 4 <= end) {
    const word = word32(input, at);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = base + (table[slot] as number);
    table[slot] = at - base;
    if (candidate >= at || word32(input, candidate) !== word) {
      at++;
      continue;
    }
    to = writeLiteral(input, literal, at, output, to);
    let length = 4;
    while (at + length < end && input[candidate + length] === input[at + length]) length++;
    to = writeCopies(at - candidate, length, output, to);
    at += length;
    literal = at;
  }
  return writeLiteral(input, literal, end, output, to);
}

function word32(input: Uint8Array, at: number): number {
  return (
    (input[at] as number) |
    ((input[at + 1] as number) << 8) |
    ((input[at + 2] as number) << 16) |
    ((input[at + 3] as number) << 24)
  );
}

function writeLiteral(input: Uint8Array, from: number, end: number, output: Uint8Array, start: number): number {
  const length = end - from;
  if (length === 0) return start;
  let to = start;
  const size = length - 1;
  if (size < 60) output[to++] = size << 2;
  else if (size < 256) {
    output[to++] = 60 << 2;
    output[to++] = size;
  } else {
    output[to++] = 61 << 2;
    output[to++] = size & 0xff;
    output[to++] = size >>> 8;
  }
  output.set(input.subarray(from, end), to);
  return to + length;
}

function writeCopies(offset: number, length: number, output: Uint8Array, start: number): number {
  let to = start;
  for (let rest = length; rest > 0; ) {
    const part = Math.min(rest, 64);
    output[to++] = ((part - 1) << 2) | 2;
    output[to++] = offset & 0xff;
    output[to++] = offset >>> 8;
    rest -= part;
  }
  return to;
}
