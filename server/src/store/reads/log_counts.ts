import type { Block, Column } from '../native/columns.ts';
import { NativeFormatError } from '../native/type.ts';
import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import type { LogCountRequest, LogGroupKey } from './log_count_request.ts';
import { countByMinutes } from './log_minutes.ts';
import { type LogFieldPath, renderField, renderPredicate } from './log_predicate.ts';
import { columnOf, timeRange } from './logs.ts';
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
  texts(row: number): readonly string[];
}

/** With more marked lines than this repetitions among them are not looked for: it would take more memory than a query has. */
const MOST_MARKED = 2_000_000;

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
  const where = sql`${timeRange(request.originNs + 1n, request.originNs + request.widthNs * BigInt(request.buckets) + 1n)}
    AND ${renderPredicate(request.predicate)}`;
  const text = request.texts === undefined ? undefined : renderField(request.texts);
  let marked = 0;
  const bytes = trusted(request.bytes ? 'sumIf(length(Body), MayRepeat = 0)' : 'toUInt64(0)');
  const byLines = sql`SELECT ${join(keys.selected, ', ')}, countIf(MayRepeat = 0) AS lines, ${bytes} AS bytes,
    countIf(MayRepeat = 1) AS marked${gathered(text, '(MayRepeat = 0)')} FROM otel_logs WHERE ${where} GROUP BY ${trusted(keys.names.join(', '))}`;
  for await (const block of reader.query(countByMinutes(request) ?? byLines, options)) {
    if (block.rows === 0) continue;
    const marks = numberReader(columnOf(block, 'marked'));
    for (let row = 0; row < block.rows; row++) marked += marks(row);
    yield countsOf(block, request);
  }
  if (marked === 0) return;
  const inner = keys.names.map((name) => `any(${name}_) AS ${name}`).join(', ');
  const renamed = join(
    keys.expressions.map((expression, i) => sql`${expression} AS ${trusted(`${keys.names[i]}_`)}`),
    ', ',
  );
  const rest =
    marked > MOST_MARKED
      ? sql`SELECT ${join(keys.selected, ', ')}, count() AS lines, sum(length(Body)) AS bytes${gathered(text, '1')}
          FROM otel_logs WHERE ${where} AND MayRepeat = 1 GROUP BY ${trusted(keys.names.join(', '))}`
      : sql`SELECT ${trusted(keys.names.join(', '))}, count() AS lines, sum(size) AS bytes${gathered(text && trusted('text'), '1')} FROM (
          SELECT ${trusted(inner)}, any(size_) AS size, any(text_) AS text FROM (
            SELECT ${renamed}, ${text ?? trusted("''")} AS text_, StreamId, Timestamp, cityHash64(Body, LogAttributes) AS hash, length(Body) AS size_, MayRepeat
            FROM otel_logs WHERE ${where} AND (StreamId, Timestamp) GLOBAL IN (
              SELECT StreamId, Timestamp FROM otel_logs WHERE ${where} AND MayRepeat = 1))
          GROUP BY StreamId, Timestamp, hash HAVING min(MayRepeat) = 1)
        GROUP BY ${trusted(keys.names.join(', '))}`;
  for await (const block of reader.query(rest, options)) if (block.rows > 0) yield countsOf(block, request);
}

interface Keys {
  readonly names: readonly string[];
  readonly expressions: readonly Sql[];
  /** Each expression under its name. */
  readonly selected: readonly Sql[];
}

function keysOf({ originNs, widthNs, keys, flag }: LogCountRequest): Keys {
  const has = (kind: LogGroupKey['kind']): boolean => keys.some((key) => key.kind === kind);
  const pairs: readonly (readonly [string, Sql])[] = [
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
  return {
    names: pairs.map(([name]) => name),
    expressions: pairs.map(([, expression]) => expression),
    selected: pairs.map(([name, expression]) => sql`${expression} AS ${trusted(name)}`),
  };
}

function fieldsOf(keys: readonly LogGroupKey[]): LogFieldPath[] {
  return keys.flatMap((key) => (key.kind === 'field' ? [key.field] : []));
}

/** One more column: the texts of the counted records of the flag that have one. Multiplied, so that none is evaluated lazily. */
function gathered(text: Sql | undefined, isCounted: '(MayRepeat = 0)' | '1'): Sql {
  if (text === undefined) return trusted('');
  return sql`, groupArrayIf(${text}, ${trusted(isCounted)} * flag * (${text} != '') != 0) AS texts`;
}

function textsReader(column: Column): (row: number) => readonly string[] {
  if (column.kind !== 'array') throw new NativeFormatError(`a ${column.kind} column where an array belongs`);
  const range = arrayRange(column);
  const text = textReader(column.values);
  return (row) => {
    const [start, end] = range(row);
    return Array.from({ length: end - start }, (_, i) => text(start + i));
  };
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
    texts: texts === undefined ? () => [] : textsReader(columnOf(block, 'texts')),
  };
}
