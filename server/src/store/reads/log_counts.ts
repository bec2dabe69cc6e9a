import type { Block, Column, StringColumn } from '../native/columns.ts';
import { NativeFormatError } from '../native/type.ts';
import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import type { LogCountRequest, LogGroupKey } from './log_count_request.ts';
import { countByMinutes } from './log_minutes.ts';
import { type LogFieldPath, renderField, renderPredicate } from './log_predicate.ts';
import { columnOf } from './logs.ts';
import { type AskedLines, MOST_MARKED, nearMarked, renderAsked, renderMarkedOnce } from './marked_lines.ts';
import { arrayRange, bigints, numberReader, textReader } from './text_columns.ts';

/** Counts by group and bucket; only groups and buckets that have records. */
export interface LogCounts {
  readonly rows: number;
  bucket(row: number): number;
  count(row: number): number;
  bytes(row: number): number;
  /** The stream's id, 0 unless grouped by stream. */
  stream(row: number): bigint;
  severity(row: number): string;
  service(row: number): string;
  /** Whether the records are those of the flag; true when none was asked for. */
  flagged(row: number): boolean;
  /** The value of the i-th field key. */
  field(row: number, index: number): string;
  /** The texts that were asked for, in no order. */
  texts(row: number): GatheredTexts;
}

/** Texts of one group. */
export interface GatheredTexts {
  readonly length: number;
  text(i: number): string;
  /** The number that a text of 1 to 15 decimal digits is; -1 for any other. */
  wholeNumber(i: number): number;
}

/**
 * Counts every line once: lines that are not marked `MayRepeat` are all different and counted as they are, or taken from the
 * counts by the minute; when there are marked ones, a second statement counts those that have no equal (stream, time, body,
 * structured metadata) among the others, each once.
 * Throws StoreError.
 */
export async function* countLogs(
  reader: StoreReader,
  request: LogCountRequest,
  options: QueryOptions,
): AsyncGenerator<LogCounts> {
  const keys = keysOf(request);
  const asked: AskedLines = {
    startNs: request.originNs + 1n,
    endNs: request.originNs + request.widthNs * BigInt(request.buckets) + 1n,
    predicate: request.predicate,
  };
  const where = renderAsked(asked);
  const text = request.texts === undefined ? undefined : renderField(request.texts);
  let marked = 0;
  const bytes = trusted(request.bytes ? 'sumIf(length(Body), MayRepeat = 0)' : 'toUInt64(0)');
  const names = trusted(keys.map(([name]) => name).join(', '));
  const selected = join(
    keys.map(([name, expression]) => sql`${expression} AS ${trusted(name)}`),
    ', ',
  );
  const byLines = sql`SELECT ${selected}, countIf(MayRepeat = 0) AS lines, ${bytes} AS bytes,
    countIf(MayRepeat = 1) AS marked${gathered(text, '(MayRepeat = 0)')} FROM otel_logs WHERE ${where} GROUP BY ${names}`;
  for await (const block of reader.query(countByMinutes(request) ?? byLines, options)) {
    if (block.rows === 0) continue;
    const marks = numberReader(columnOf(block, 'marked'));
    for (let row = 0; row < block.rows; row++) marked += marks(row);
    yield countsOf(block, request);
  }
  if (marked === 0) return;
  const near = await nearMarked(reader, asked, options);
  // Deleted meanwhile.
  if (near === undefined) return;
  const columns = [...keys, ['size', trusted('length(Body)')], ['text', text ?? trusted("''")]] as const;
  const rest =
    marked > MOST_MARKED
      ? sql`SELECT ${selected}, count() AS lines, sum(length(Body)) AS bytes${gathered(text, '1')}
          FROM otel_logs PREWHERE ${near} AND MayRepeat = 1 WHERE ${where} GROUP BY ${names}`
      : sql`SELECT ${names}, count() AS lines, sum(size) AS bytes${gathered(text && trusted('text'), '1')}
          FROM ${renderMarkedOnce(asked, near, columns)} GROUP BY ${names}`;
  for await (const block of reader.query(rest, options)) if (block.rows > 0) yield countsOf(block, request);
}

/** What is grouped by: columns of the result, each with its expression. */
function keysOf({
  originNs,
  widthNs,
  keys,
  flag,
}: LogCountRequest): readonly (readonly [name: string, expression: Sql])[] {
  const has = (kind: LogGroupKey['kind']): boolean => keys.some((key) => key.kind === kind);
  return [
    [
      'bucket',
      sql`toUInt32(intDiv(toUnixTimestamp64Nano(Timestamp) - ${bind.int64(originNs + 1n)}, ${bind.int64(widthNs)}))`,
    ],
    ['stream', trusted(has('stream') ? 'StreamId' : 'toUInt64(0)')],
    ['severity', trusted(has('severity') ? 'toString(SeverityText)' : "''")],
    ['service', trusted(has('service') ? 'toString(ServiceName)' : "''")],
    ['flag', flag === undefined ? trusted('toUInt8(1)') : sql`toUInt8(${renderPredicate(flag)})`],
    ...fieldsOf(keys).map((field, i) => [`field${i}`, renderField(field)] as const),
  ];
}

function fieldsOf(keys: readonly LogGroupKey[]): LogFieldPath[] {
  return keys.flatMap((key) => (key.kind === 'field' ? [key.field] : []));
}

/** One more column: the texts of the counted records of the flag that have one. Multiplied, so that none is evaluated lazily. */
function gathered(text: Sql | undefined, isCounted: '(MayRepeat = 0)' | '1'): Sql {
  if (text === undefined) return trusted('');
  return sql`, groupArrayIf(${text}, ${trusted(isCounted)} * flag * (${text} != '') != 0) AS texts`;
}

const NO_TEXTS: GatheredTexts = { length: 0, text: () => '', wholeNumber: () => -1 };

function textsReader(column: Column): (row: number) => GatheredTexts {
  if (column.kind !== 'array') throw new NativeFormatError(`a ${column.kind} column where an array belongs`);
  const range = arrayRange(column);
  const text = textReader(column.values);
  const plain = column.values.kind === 'string' ? column.values : undefined;
  return (row) => {
    const [start, end] = range(row);
    return {
      length: end - start,
      text: (i) => text(start + i),
      wholeNumber: (i) => (plain === undefined ? -1 : wholeNumber(plain, start + i)),
    };
  };
}

/** More digits than these may not be exact. */
const MOST_DIGITS = 15;

/** The number that decimal digits are; -1 where there are others, none or too many. */
function wholeNumber({ bytes, offsets }: StringColumn, i: number): number {
  const start = offsets[i] as number;
  const end = offsets[i + 1] as number;
  if (end === start || end - start > MOST_DIGITS) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function countsOf(block: Block, { keys, texts }: LogCountRequest): LogCounts {
  const streams = bigints(columnOf(block, 'stream'));
  const values = fieldsOf(keys).map((_, i) => textReader(columnOf(block, `field${i}`)));
  const flags = numberReader(columnOf(block, 'flag'));
  return {
    rows: block.rows,
    flagged: (row) => flags(row) === 1,
    bucket: numberReader(columnOf(block, 'bucket')),
    count: numberReader(columnOf(block, 'lines')),
    bytes: numberReader(columnOf(block, 'bytes')),
    stream: (row) => BigInt.asUintN(64, streams[row] ?? 0n),
    severity: textReader(columnOf(block, 'severity')),
    service: textReader(columnOf(block, 'service')),
    field: (row, index) => values[index]?.(row) ?? '',
    texts: texts === undefined ? () => NO_TEXTS : textsReader(columnOf(block, 'texts')),
  };
}
