import { bind, type Sql, sql, trusted } from '../sql.ts';

export const MINUTE_NS = 60_000_000_000n;
export const MINUTES_PER_DAY = 1440n;
/** Days that are named in a statement; a longer stretch looks at all. */
const MOST_DAYS = 400;

/** The minute of a line since the epoch, exactly as in `schema/0019_log_minutes.sql`: the engine recognises the expression. */
export const MINUTE = trusted('intDiv(toUnixTimestamp64Nano(Timestamp), 60000000000)');

/**
 * A further condition by which parts of other days than those of the minutes from `first` to `last` are not opened: parts
 * are of one day each, and its date is what they are called by.
 */
export function onDays(first: bigint, last: bigint): Sql {
  const firstDay = Number(first / MINUTES_PER_DAY);
  const lastDay = Number(last / MINUTES_PER_DAY);
  if (lastDay - firstDay >= MOST_DAYS) return trusted('');
  const days = Array.from({ length: lastDay - firstDay + 1 }, (_, i) =>
    new Date((firstDay + i) * 86_400_000).toISOString().slice(0, 10).replaceAll('-', ''),
  );
  return sql` AND _partition_id IN ${bind.strings(days)}`;
}
