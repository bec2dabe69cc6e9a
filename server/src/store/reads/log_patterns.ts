import { bind, join, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { bigints, numberReader, textReader } from './text_columns.ts';

/** The resolution of the counts, seconds. */
export const LOG_PATTERN_STEP_SECONDS = 10;

export interface LogPatternRequest {
  /** Seconds since the epoch, half open, multiples of the resolution. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** A multiple of the resolution. Buckets begin at multiples of it after `fromSeconds`. */
  readonly stepSeconds: number;
  readonly services: readonly string[];
  /** As stored; undefined: all. */
  readonly levels: readonly string[] | undefined;
  /** Only so many patterns, those with the most lines. */
  readonly limit: number;
}

/** How often a pattern of a service and a level came in one bucket. */
export interface LogPatternCount {
  readonly service: string;
  readonly level: string;
  readonly pattern: bigint;
  readonly bucket: number;
  readonly lines: number;
  /** Of these, lines that may be repetitions. */
  readonly marked: number;
}

export interface LogPatternText {
  readonly text: string;
  readonly inside: boolean;
}

/** Counts by pattern and bucket; only those with lines. Throws StoreError. */
export async function readLogPatterns(
  reader: StoreReader,
  request: LogPatternRequest,
  options: QueryOptions,
): Promise<LogPatternCount[]> {
  const { fromSeconds, toSeconds, stepSeconds, services, levels, limit } = request;
  const where = join(
    [
      sql`ts >= toDateTime(${bind.uint64(fromSeconds)}) AND ts < toDateTime(${bind.uint64(toSeconds)})`,
      sql`service IN ${bind.strings(services)}`,
      ...(levels === undefined ? [] : [sql`level IN ${bind.strings(levels)}`]),
    ],
    ' AND ',
  );
  const statement = sql`SELECT toString(service) AS service_, toString(level) AS level_, pattern,
      toUInt32(intDiv(toUnixTimestamp(ts) - ${bind.uint64(fromSeconds)}, ${bind.uint64(stepSeconds)})) AS bucket,
      sum(lines) AS lines_, sum(marked) AS marked_
    FROM log_patterns WHERE ${where} AND (service, level, pattern) GLOBAL IN (
      SELECT service, level, pattern FROM log_patterns WHERE ${where}
      GROUP BY service, level, pattern ORDER BY sum(lines) DESC, pattern LIMIT ${bind.uint64(limit)})
    GROUP BY ${trusted('service_, level_, pattern, bucket')}`;
  const counts: LogPatternCount[] = [];
  for await (const block of reader.query(statement, options)) {
    if (block.rows === 0) continue;
    const service = textReader(columnOf(block, 'service_'));
    const level = textReader(columnOf(block, 'level_'));
    const patterns = bigints(columnOf(block, 'pattern'));
    const bucket = numberReader(columnOf(block, 'bucket'));
    const lines = numberReader(columnOf(block, 'lines_'));
    const marked = numberReader(columnOf(block, 'marked_'));
    for (let row = 0; row < block.rows; row++) {
      counts.push({
        service: service(row),
        level: level(row),
        pattern: BigInt.asUintN(64, patterns[row] ?? 0n),
        bucket: bucket(row),
        lines: lines(row),
        marked: marked(row),
      });
    }
  }
  return counts;
}

/** What patterns are, by their ids. Throws StoreError. */
export async function readLogPatternTexts(
  reader: StoreReader,
  patterns: readonly bigint[],
  options: QueryOptions,
): Promise<ReadonlyMap<bigint, LogPatternText>> {
  const texts = new Map<bigint, LogPatternText>();
  if (patterns.length === 0) return texts;
  const statement = sql`SELECT pattern, any(text) AS text_, any(inside) AS inside_ FROM log_pattern_texts
    WHERE pattern IN ${bind.uint64s(patterns)} GROUP BY pattern`;
  for await (const block of reader.query(statement, options)) {
    if (block.rows === 0) continue;
    const ids = bigints(columnOf(block, 'pattern'));
    const text = textReader(columnOf(block, 'text_'));
    const inside = numberReader(columnOf(block, 'inside_'));
    for (let row = 0; row < block.rows; row++)
      texts.set(BigInt.asUintN(64, ids[row] ?? 0n), { text: text(row), inside: inside(row) === 1 });
  }
  return texts;
}
