import type { Column } from './native/columns.ts';
import { NativeFormatError } from './native/type.ts';
import { type TextReader, textReader } from './reads/text_columns.ts';
import { TABLES } from './tables.ts';
import { StoreError } from './types.ts';

/**
 * Trace ids of log records that stand in their line are stored as references to it (`schema/0024_trace_places.sql`): `@` and where
 * the id begins, in bytes from 1 on, or from the line's end, below zero. Blocks have them whole, in the log and in memory
 * as well: the engine makes references while it takes the blocks in.
 */
const REFERENCE = '@';
/** Of a trace id in hexadecimal digits. */
const ID_BYTES = 32;

/** SQL: the trace id of a row of `otel_logs`, wherever it is stored. An index is over exactly this expression. */
export const TRACE_ID_OF_RECORD = `if(startsWith(TraceId, '${REFERENCE}'), substring(Body, toInt32OrZero(substring(TraceId, 2)), ${ID_BYTES}), TraceId)`;

/** The trace ids of rows that were read with their columns `TraceId` and `Body` as they are. Throws NativeFormatError. */
export function traceIdReader(ids: Column, bodies: Column): TextReader {
  if (bodies.kind !== 'string') throw new NativeFormatError(`a ${bodies.kind} column where lines belong`);
  const { bytes, offsets } = bodies;
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stored = textReader(ids);
  return (row) => {
    const id = stored(row);
    if (!id.startsWith(REFERENCE)) return id;
    const place = Number(id.slice(REFERENCE.length));
    const [start = 0, end = 0] = [offsets[row], offsets[row + 1]];
    const from = place > 0 ? start + place - 1 : end + place;
    if (!(from >= start && from < end)) return '';
    return lines.toString('latin1', from, Math.min(end, from + ID_BYTES));
  };
}

/**
 * The statement that inserts blocks of `otel_logs` with these columns, in Native format, with references for ids. One INSERT is one
 * part as it is without. An id is referred to only where it is no part of a longer word, since it is cut out of the line's words.
 * A column that a block lacks gets the default of its type, not the table's: give `otel_logs` no column with another default.
 * @throws StoreError for a column the table does not have
 */
export function placingInsert(columns: readonly string[]): string {
  const types = new Map(TABLES.otel_logs);
  const typed = (name: string): string => {
    const type = types.get(name);
    if (type === undefined) throw new StoreError('rejected', 0, `not a column of otel_logs: ${name.slice(0, 80)}`);
    return `${name} ${type}`;
  };
  const structure = columns.map(typed).join(', ');
  const stored = columns.map((name) =>
    name === 'TraceId'
      ? `if(place = 0, TraceId, concat('${REFERENCE}', toString(if(2 * place <= length(Body), place, place - length(Body) - 1))))`
      : name,
  );
  // Multiplied, because the engine evaluates AND lazily: it copies the rows that are left at each step, and takes ten times as long.
  const place = [
    `(length(TraceId) = ${ID_BYTES})`,
    '(position(Body, TraceId) AS found)',
    isNoPartOfWord('ascii(substring(Body, found - 1, 1))'),
    isNoPartOfWord(`ascii(substring(Body, found + ${ID_BYTES}, 1))`),
  ].join(' * ');
  return `INSERT INTO otel_logs (${columns.join(', ')}) SELECT ${stored.join(', ')}
    FROM (SELECT *, toInt32(${place}) AS place FROM input('${structure}')) FORMAT Native`;
}

/** Of a byte: neither a digit nor a letter nor of a character beyond ASCII. There is none (0) before the line and behind it. */
function isNoPartOfWord(byte: string): string {
  const between = (from: string, to: string): string => `(${byte} > ascii('${from}')) * (${byte} < ascii('${to}'))`;
  return `((${byte} < ascii('0')) + ${between('9', 'A')} + ${between('Z', 'a')} + (${byte} > ascii('z')) * (${byte} < 128))`;
}
