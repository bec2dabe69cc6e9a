import { NativeFormatError } from './type.ts';

/** Where the parser stands. The parser is a generator that yields when the chunk is used up. */
export interface Input {
  chunk: Uint8Array;
  position: number;
}

export type Parser<T> = Generator<undefined, T, undefined>;

/** More rows in one block, or values in one column, are damage. */
export const MAX_ROWS = 100_000_000;
/** A column without an alias is named after its expression, bound values included. */
const MAX_NAME_BYTES = 16 * 1024 * 1024;

export function* readBytes(input: Input, size: number): Parser<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    if (input.position >= input.chunk.length) {
      yield;
      continue;
    }
    const part = Math.min(size - length, input.chunk.length - input.position);
    out.set(input.chunk.subarray(input.position, input.position + part), length);
    input.position += part;
    length += part;
  }
  return out;
}

export function* readVarint(input: Input): Parser<number> {
  let value = 0;
  for (let factor = 1; factor < 2 ** 56; factor *= 128) {
    while (input.position >= input.chunk.length) yield;
    const byte = input.chunk[input.position++] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
  throw new NativeFormatError('a varint longer than eight bytes');
}

export function* readUint64(input: Input): Parser<number> {
  const bytes = yield* readBytes(input, 8);
  const view = new DataView(bytes.buffer);
  return view.getUint32(0, true) + view.getUint32(4, true) * 4_294_967_296;
}

export function* readCount(input: Input): Parser<number> {
  const count = yield* readUint64(input);
  if (count > MAX_ROWS) throw new NativeFormatError(`a count of ${count}`);
  return count;
}

export function* readText(input: Input): Parser<string> {
  const size = yield* readVarint(input);
  if (size > MAX_NAME_BYTES) throw new NativeFormatError(`a name of ${size} bytes`);
  const bytes = yield* readBytes(input, size);
  return Buffer.from(bytes.buffer).toString('utf8');
}
