import type { Column, DictionaryColumn, StringColumn } from '../native/columns.ts';
import { decodeColumns } from '../native/decode.ts';
import { NativeFormatError } from '../native/type.ts';
import { patternCountsBlock } from './log_patterns.ts';
import { PatternCountTable } from './pattern_count_table.ts';

/** A Native block of `log_patterns` without its last column, `batch_id`. */
interface PatternBlock {
  readonly rows: number;
  readonly block: Uint8Array;
}

const counts = new PatternCountTable();

/** Requests of one step of time that make it worth adding up their counts; where each has a time of its own little is the same. */
const REQUESTS_OF_A_STEP = 4;

/**
 * Counts of several requests as one block with a row for each pattern, time, service and level, where so many came at about
 * the same time that most have the same patterns; otherwise as they are. The same blocks always give the same rows. Throws
 * NativeFormatError.
 */
export function foldPatternCounts(blocks: readonly PatternBlock[]): readonly PatternBlock[] {
  const steps = new Set(blocks.map(({ block }) => halvesOf(decodeColumns(block, 1).columns[0])[0]));
  if (blocks.length < steps.size * REQUESTS_OF_A_STEP) return blocks;
  const services = new Map<string, number>();
  const levels = new Map<string, number>();
  counts.clear();
  for (const { rows, block } of blocks) addBlock(block, rows, services, levels);
  return [{ rows: counts.size, block: patternCountsBlock(counts, keysOf(services), keysOf(levels)) }];
}

function addBlock(block: Uint8Array, rows: number, services: Map<string, number>, levels: Map<string, number>): void {
  const { columns, rows: counted } = decodeColumns(block, -1);
  const [times, service, level, patterns, lines, marked] = columns;
  if (counted !== rows) throw new NativeFormatError(`${counted} rows of patterns where ${rows} were said`);
  const [time, low, line, mark] = [times, patterns, lines, marked].map(halvesOf) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const serviceOf = numbersOf(service, services);
  const levelOf = numbersOf(level, levels);
  for (let row = 0; row < rows; row++)
    counts.add(
      time[row] as number,
      serviceOf[row] as number,
      levelOf[row] as number,
      low[row * 2] as number,
      low[row * 2 + 1] as number,
      line[row] as number,
      mark[row] as number,
    );
}

/** Numbers of four bytes; of those of eight their halves. */
function halvesOf(column: Column | undefined): Uint32Array {
  if (column?.kind !== 'number') throw new NativeFormatError('a column of patterns that has no numbers');
  const { buffer, byteOffset, byteLength } = column.values;
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** Of each row the number its word has in `known`, which new words are added to. */
function numbersOf(column: Column | undefined, known: Map<string, number>): Uint32Array {
  if (column?.kind !== 'dictionary') throw new NativeFormatError('a column of patterns that has no words');
  const numbers = wordsOf(column).map((word) => {
    const number = known.get(word) ?? known.size;
    known.set(word, number);
    return number;
  });
  return column.indexes.map((index) => numbers[index] as number);
}

/** Byte for byte: a word may be no UTF-8. */
function wordsOf({ keys }: DictionaryColumn): readonly string[] {
  if (keys.kind === 'strings') return keys.values.map((value) => Buffer.from(value).toString('latin1'));
  const { bytes, offsets } = keys;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: offsets.length - 1 }, (_, i) => text.toString('latin1', offsets[i], offsets[i + 1]));
}

function keysOf(known: ReadonlyMap<string, number>): StringColumn {
  const offsets = new Uint32Array(known.size + 1);
  for (const [word, number] of known) offsets[number + 1] = (offsets[number] as number) + word.length;
  return { kind: 'string', bytes: Buffer.from([...known.keys()].join(''), 'latin1'), offsets };
}
