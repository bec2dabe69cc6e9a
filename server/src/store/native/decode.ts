import type { Block, Column, DictionaryColumn, StringColumn } from './columns.ts';
import { type Input, MAX_ROWS, type Parser, readBytes, readCount, readText, readUint64, readVarint } from './input.ts';
import { asBuffer } from './output.ts';
import { type FixedValues, NativeFormatError, type NativeType, parseType } from './type.ts';

/**
 * Native blocks out of a stream of chunks. Each column is copied once, straight from the chunks into memory of its own:
 * arrays are aligned, can be transferred to another thread, and do not keep network buffers alive.
 */
export interface BlockDecoder {
  /** Takes the next bytes and returns the blocks they complete. Throws NativeFormatError on malformed bytes. */
  push(chunk: Uint8Array): readonly Block[];
  /** True between blocks, when the stream may end. */
  readonly atBoundary: boolean;
}

const MAX_COLUMNS = 10_000;
const MAX_STRING_BYTES = 0xffff_ffff;
const SHORT_COPY = 32;
const HAS_KEYS = 0x200;
const NEEDS_GLOBAL_DICTIONARY = 0x100;

export function createBlockDecoder(): BlockDecoder {
  const input: Input = { chunk: new Uint8Array(0), position: 0 };
  let parser: Parser<Block> | undefined;
  return {
    push(chunk) {
      const blocks: Block[] = [];
      input.chunk = chunk;
      input.position = 0;
      while (parser !== undefined || input.position < input.chunk.length) {
        parser ??= readBlock(input);
        const step = parser.next();
        if (step.done !== true) break;
        parser = undefined;
        // The engine opens a result with a header block of no rows; it carries nothing a caller needs.
        if (step.value.rows > 0) blocks.push(step.value);
      }
      return blocks;
    },
    get atBoundary() {
      return parser === undefined;
    },
  };
}

/** All blocks of a complete buffer. Throws NativeFormatError when it ends inside a block. */
export function decodeBlocks(bytes: Uint8Array): readonly Block[] {
  const decoder = createBlockDecoder();
  const blocks = decoder.push(bytes);
  if (!decoder.atBoundary) throw new NativeFormatError('the bytes end inside a block');
  return blocks;
}

/**
 * The first columns of the block that a complete buffer begins with, of a negative number all but so many, as `slice` counts.
 * Throws NativeFormatError when it ends in them.
 */
export function decodeColumns(bytes: Uint8Array, most: number): Block {
  const step = readBlock({ chunk: bytes, position: 0 }, most).next();
  if (step.done !== true) throw new NativeFormatError('the bytes end inside a block');
  return step.value;
}

function* readWholeColumn(input: Input, type: NativeType, rows: number): Parser<Column> {
  if (rows > 0) yield* readPrefix(input, type);
  return yield* readColumn(input, type, rows);
}

function* readBlock(input: Input, most = MAX_COLUMNS): Parser<Block> {
  const count = yield* readVarint(input);
  const rows = yield* readVarint(input);
  if (count > MAX_COLUMNS || rows > MAX_ROWS)
    throw new NativeFormatError(`a block of ${count} columns and ${rows} rows`);
  const names: string[] = [];
  const types: string[] = [];
  const columns: Column[] = [];
  for (let i = 0; i < (most < 0 ? count + most : Math.min(count, most)); i++) {
    names.push(yield* readText(input));
    const type = yield* readText(input);
    types.push(type);
    const parsed = parseType(type);
    columns.push(yield* readWholeColumn(input, parsed, rows));
  }
  return { rows, names, types, columns };
}

function* readPrefix(input: Input, type: NativeType): Parser<void> {
  switch (type.kind) {
    case 'dictionary': {
      const version = yield* readUint64(input);
      if (version !== 1) throw new NativeFormatError(`LowCardinality version ${version}`);
      return;
    }
    case 'array':
    case 'nullable':
      yield* readPrefix(input, type.values);
      return;
    case 'map':
      yield* readPrefix(input, type.keys);
      yield* readPrefix(input, type.values);
      return;
    case 'tuple':
      for (const element of type.elements) yield* readPrefix(input, element);
      return;
    default:
  }
}

function* readColumn(input: Input, type: NativeType, rows: number): Parser<Column> {
  switch (type.kind) {
    case 'fixed': {
      const bytes = yield* readBytes(input, rows * type.width);
      return { kind: 'number', values: typedArray(type.values, bytes) };
    }
    case 'string':
      return yield* readStrings(input, rows);
    case 'dictionary':
      return yield* readDictionary(input, type.keys, rows);
    case 'array': {
      const offsets = yield* readOffsets(input, rows);
      const values = yield* readColumn(input, type.values, offsets[rows - 1] ?? 0);
      return { kind: 'array', offsets, values };
    }
    case 'map': {
      const offsets = yield* readOffsets(input, rows);
      const inner = offsets[rows - 1] ?? 0;
      const keys = yield* readColumn(input, type.keys, inner);
      const values = yield* readColumn(input, type.values, inner);
      return { kind: 'map', offsets, keys, values };
    }
    case 'tuple': {
      const elements: Column[] = [];
      for (const element of type.elements) elements.push(yield* readColumn(input, element, rows));
      return { kind: 'tuple', elements };
    }
    case 'nullable': {
      const nulls = yield* readBytes(input, rows);
      return { kind: 'nullable', nulls, values: yield* readColumn(input, type.values, rows) };
    }
  }
}

/** Index type and flags, keys, indexes. Of a nullable dictionary key 0 stands for NULL. */
function* readDictionary(input: Input, keyType: NativeType, rows: number): Parser<Column> {
  const nullable = keyType.kind === 'nullable';
  const plain = nullable ? keyType.values : keyType;
  if (plain.kind !== 'string') {
    // Dictionaries of numbers are rare (the engine warns against them): expanded on the spot.
    return yield* readNumberDictionary(input, plain, rows, nullable);
  }
  if (rows === 0) {
    const empty: DictionaryColumn = { kind: 'dictionary', keys: noStrings(), indexes: new Uint32Array(0) };
    return nullable ? { kind: 'nullable', nulls: new Uint8Array(0), values: empty } : empty;
  }
  const width = yield* readDictionaryHead(input);
  const keys = yield* readStrings(input, yield* readCount(input));
  const indexes = yield* readIndexes(input, width, rows);
  const column: DictionaryColumn = { kind: 'dictionary', keys, indexes };
  return nullable ? { kind: 'nullable', nulls: nullMarks(indexes), values: column } : column;
}

function* readNumberDictionary(input: Input, type: NativeType, rows: number, nullable: boolean): Parser<Column> {
  if (type.kind !== 'fixed') throw new NativeFormatError(`LowCardinality of a ${type.kind}`);
  const out = new Uint8Array(rows * type.width);
  let nulls: Uint8Array<ArrayBuffer> = new Uint8Array(rows);
  if (rows > 0) {
    const width = yield* readDictionaryHead(input);
    const count = yield* readCount(input);
    const keys = yield* readBytes(input, count * type.width);
    const indexes = yield* readIndexes(input, width, rows);
    for (let i = 0; i < rows; i++) {
      const start = (indexes[i] as number) * type.width;
      out.set(keys.subarray(start, start + type.width), i * type.width);
    }
    nulls = nullMarks(indexes);
  }
  const column: Column = { kind: 'number', values: typedArray(type.values, out) };
  return nullable ? { kind: 'nullable', nulls, values: column } : column;
}

function* readDictionaryHead(input: Input): Parser<1 | 2 | 4> {
  const flags = yield* readUint64(input);
  if ((flags & NEEDS_GLOBAL_DICTIONARY) !== 0 || (flags & HAS_KEYS) === 0) {
    throw new NativeFormatError(`LowCardinality flags ${flags}`);
  }
  const index = flags & 0xff;
  if (index > 2) throw new NativeFormatError(`LowCardinality index type ${index}`);
  return index === 0 ? 1 : index === 1 ? 2 : 4;
}

function* readIndexes(input: Input, width: 1 | 2 | 4, rows: number): Parser<Uint32Array> {
  const count = yield* readCount(input);
  if (count !== rows) throw new NativeFormatError(`${count} indexes for ${rows} rows`);
  const bytes = yield* readBytes(input, rows * width);
  if (width === 4) return new Uint32Array(bytes.buffer);
  return Uint32Array.from(width === 1 ? bytes : new Uint16Array(bytes.buffer));
}

function nullMarks(indexes: Uint32Array): Uint8Array<ArrayBuffer> {
  const nulls = new Uint8Array(indexes.length);
  for (let i = 0; i < indexes.length; i++) nulls[i] = indexes[i] === 0 ? 1 : 0;
  return nulls;
}

function* readOffsets(input: Input, rows: number): Parser<Uint32Array> {
  const halves = new Uint32Array((yield* readBytes(input, rows * 8)).buffer);
  const offsets = new Uint32Array(rows);
  let last = 0;
  for (let i = 0; i < rows; i++) {
    const offset = halves[2 * i] as number;
    if (halves[2 * i + 1] !== 0 || offset < last || offset > MAX_ROWS) throw new NativeFormatError('array offsets');
    offsets[i] = offset;
    last = offset;
  }
  return offsets;
}

/** Strings interleaved with their lengths, gathered into one run of bytes. */
function* readStrings(input: Input, rows: number): Parser<StringColumn> {
  const offsets = new Uint32Array(rows + 1);
  let bytes = Buffer.from(new ArrayBuffer(Math.max(64, rows * 16)));
  let length = 0;
  let position = input.position;
  let chunk = asBuffer(input.chunk);
  for (let i = 0; i < rows; i++) {
    let size = 0;
    for (let factor = 1; ; factor *= 128) {
      while (position >= chunk.length) {
        input.position = position;
        yield;
        position = input.position;
        chunk = asBuffer(input.chunk);
      }
      const byte = chunk[position++] as number;
      size += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    const end = length + size;
    if (end > bytes.length) bytes = grow(bytes, length, end, rows / (i + 1));
    if (size < SHORT_COPY && position + size <= chunk.length) {
      while (length < end) bytes[length++] = chunk[position++] as number;
    } else {
      while (length < end) {
        while (position >= chunk.length) {
          input.position = position;
          yield;
          position = input.position;
          chunk = asBuffer(input.chunk);
        }
        const part = chunk.copy(bytes, length, position, position + end - length);
        position += part;
        length += part;
      }
    }
    offsets[i + 1] = length;
  }
  input.position = position;
  return { kind: 'string', bytes: new Uint8Array(bytes.buffer, 0, length), offsets };
}

/** Room for `needed` bytes and, when the strings to come are like those before, for all of them. */
function grow(bytes: Buffer<ArrayBuffer>, used: number, needed: number, ratio: number): Buffer<ArrayBuffer> {
  if (needed > MAX_STRING_BYTES) throw new NativeFormatError('more than 4 GiB of strings in one column');
  const next = Buffer.from(new ArrayBuffer(Math.max(bytes.length * 2, Math.ceil(needed * Math.min(ratio, 64) * 1.05))));
  bytes.copy(next, 0, 0, used);
  return next;
}

function noStrings(): StringColumn {
  return { kind: 'string', bytes: new Uint8Array(0), offsets: new Uint32Array(1) };
}

/** The typed array of a fixed-width type over bytes that are a buffer of their own. */
export function typedArray(values: FixedValues, bytes: Uint8Array<ArrayBuffer>): ArrayBufferView<ArrayBuffer> {
  const { buffer } = bytes;
  switch (values) {
    case 'i8':
      return new Int8Array(buffer);
    case 'i16':
      return new Int16Array(buffer);
    case 'u16':
      return new Uint16Array(buffer);
    case 'i32':
      return new Int32Array(buffer);
    case 'u32':
      return new Uint32Array(buffer);
    case 'i64':
      return new BigInt64Array(buffer);
    case 'u64':
      return new BigUint64Array(buffer);
    case 'f32':
      return new Float32Array(buffer);
    case 'f64':
      return new Float64Array(buffer);
    case 'u8':
    case 'bytes':
      return bytes;
  }
}
