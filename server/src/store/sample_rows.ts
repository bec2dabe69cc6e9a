import type { TableName } from '../model/section.ts';
import type { Column } from './native/columns.ts';
import { batchIdTail, encodeBlock } from './native/encode.ts';
import { type NativeType, parseType } from './native/type.ts';
import { TABLES } from './tables.ts';

/** Made-up rows for every table, the same for the same seed; all of one UTC day. For tests and measurements. */
export const SAMPLE_DAY = 20261122;
const DAY_START_SECONDS = 1_795_305_600;

/** A complete Native block (with its batch id) for a table. */
export function sampleBlock(table: TableName, rows: number, batchId: bigint, seed: number): readonly Uint8Array[] {
  const columns = TABLES[table];
  const next = random(seed);
  const data = columns.slice(0, -1).map(([, type]) => column(type, parseType(type), rows, next));
  return [encodeBlock(columns, data, rows, { omitLast: true }), batchIdTail(rows, batchId)];
}

function column(name: string, type: NativeType, rows: number, next: () => number): Column {
  switch (type.kind) {
    case 'fixed':
      return { kind: 'number', values: numbers(name, type.width, rows, next) };
    case 'string':
      return { kind: 'strings', values: Array.from({ length: rows }, () => words(next)) };
    case 'dictionary':
      return { kind: 'strings', values: Array.from({ length: rows }, () => `key ${next() % 7}`) };
    case 'array': {
      const offsets = someOffsets(rows, next);
      const inner = name.slice('Array('.length, -1);
      return { kind: 'array', offsets, values: column(inner, type.values, offsets.at(-1) ?? 0, next) };
    }
    case 'map': {
      const offsets = someOffsets(rows, next);
      const inner = offsets.at(-1) ?? 0;
      return {
        kind: 'map',
        offsets,
        keys: column('LowCardinality(String)', type.keys, inner, next),
        values: column('String', type.values, inner, next),
      };
    }
    default:
      throw new Error(`no sample of ${name}`);
  }
}

function numbers(name: string, width: number, rows: number, next: () => number): ArrayBufferView<ArrayBuffer> {
  if (name === 'Date') return new Uint16Array(rows).fill(DAY_START_SECONDS / 86_400);
  const second = (): number => DAY_START_SECONDS + (next() % 86_400);
  if (name === 'DateTime') return Uint32Array.from({ length: rows }, second);
  if (name === 'DateTime64(3)') return BigInt64Array.from({ length: rows }, () => BigInt(second() * 1000 + 7));
  if (name === 'DateTime64(9)') {
    return BigInt64Array.from({ length: rows }, () => BigInt(second()) * 1_000_000_000n + BigInt(next() % 1e9));
  }
  if (name === 'Float64') return Float64Array.from({ length: rows }, () => next() / 1000);
  return Uint8Array.from({ length: rows * width }, () => next() & 0xff);
}

/** The same offsets for the same row everywhere: the parts of a Nested column must agree. */
function someOffsets(rows: number, next: () => number): Uint32Array {
  next();
  return Uint32Array.from({ length: rows }, (_, i) => i + 1 + Math.floor(i / 3));
}

function words(next: () => number): string {
  const length = next() % 12;
  return Array.from({ length }, () => ['pay', 'ment', 'ünï', '\t', "'", '\\', '😀'][next() % 7]).join('');
}

/** mulberry32: small, fast, good enough for data. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return (value ^ (value >>> 14)) >>> 0;
  };
}
