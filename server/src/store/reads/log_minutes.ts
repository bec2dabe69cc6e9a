import { bind, type Sql, sql, trusted } from '../sql.ts';
import type { LogCountRequest, LogGroupKey } from './log_count_request.ts';
import { type LogPredicate, renderPredicate } from './log_predicate.ts';
import { MINUTE, MINUTE_NS, MINUTES_PER_DAY, onDays } from './minutes.ts';

/** Like `MINUTE` exactly as in the schema. */
const ON_MINUTE = trusted('(toUnixTimestamp64Nano(Timestamp) % 60000000000 = 0)');

/**
 * The statement for counts that the projection `minutes` answers, with the columns of a count by lines; undefined when it
 * cannot: buckets begin within minutes, or the question is about more than services and levels.
 */
export function countByMinutes(request: LogCountRequest): Sql | undefined {
  const minute = minuteOf(request.originNs);
  if (
    minute === undefined ||
    request.widthNs % MINUTE_NS !== 0n ||
    request.flag !== undefined ||
    request.texts !== undefined
  )
    return undefined;
  if (!request.keys.every(({ kind }) => kind === 'service' || kind === 'severity')) return undefined;
  if (!isOfServicesAndLevels(request.predicate)) return undefined;
  const has = (kind: LogGroupKey['kind']): boolean => request.keys.some((key) => key.kind === kind);
  const width = request.widthNs / MINUTE_NS;
  const first = minute.first;
  const end = first + width * BigInt(request.buckets);
  const at = minute.isClosedAtEnd ? sql`${MINUTE} - ${ON_MINUTE}` : MINUTE;
  return sql`SELECT bucket, toUInt64(0) AS stream, severity, service, toUInt8(1) AS flag,
      sumIf(records, repeats = 0) AS lines, sumIf(size, repeats = 0) AS bytes, sumIf(records, repeats = 1) AS marked FROM (
    SELECT toUInt32(intDiv(${at} - ${bind.int64(first)}, ${bind.int64(width)})) AS bucket,
      ${trusted(has('severity') ? 'toString(SeverityText)' : "''")} AS severity,
      ${trusted(has('service') ? 'toString(ServiceName)' : "''")} AS service,
      MayRepeat AS repeats, count() AS records, sum(length(Body)) AS size
    FROM otel_logs
    WHERE ${MINUTE} >= ${bind.int64(first)} AND ${MINUTE} <= ${bind.int64(end)}
      AND ${at} >= ${bind.int64(first)} AND ${at} < ${bind.int64(end)}${onDays(first, end)}
      AND ${renderPredicate(request.predicate)}
    GROUP BY bucket, severity, service, repeats)
  GROUP BY bucket, severity, service`;
}

/**
 * The minute that the first bucket begins with, and whether buckets hold their end instead of their begin: a bucket that
 * begins a nanosecond after an origin on the minute does, one whose origin is a nanosecond before the minute does not.
 */
function minuteOf(originNs: bigint): { readonly first: bigint; readonly isClosedAtEnd: boolean } | undefined {
  // Division rounds towards zero, so that minutes around the epoch are not told apart.
  if (originNs < MINUTES_PER_DAY * MINUTE_NS) return undefined;
  if (originNs % MINUTE_NS === 0n) return { first: originNs / MINUTE_NS, isClosedAtEnd: true };
  if ((originNs + 1n) % MINUTE_NS === 0n) return { first: (originNs + 1n) / MINUTE_NS, isClosedAtEnd: false };
  return undefined;
}

function isOfServicesAndLevels(predicate: LogPredicate): boolean {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return predicate.parts.every(isOfServicesAndLevels);
    case 'not':
      return isOfServicesAndLevels(predicate.part);
    case 'column':
      return predicate.column === 'ServiceName' || predicate.column === 'SeverityText';
    default:
      return false;
  }
}
