import { fetchNoiseReport } from '../../data/alertPast.ts';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { momentOf, wallTime, type Zone } from '../../time/zone.ts';

/** How stale the count may be, ms: it reads the ledger of the whole day. */
const staleMs = 5 * 60_000;

/** How often alerts of a name came and went since midnight. */
export function useFlapsToday(): (alert: string) => number {
  const { nowMs, zone } = useTime();
  const toMs = Math.ceil(nowMs / staleMs) * staleMs;
  const fromMs = midnightBefore(nowMs, zone);
  const { data } = useAnswer({
    subject: ['flaps-today'],
    at: [fromMs, toMs],
    ask: (signal) => fetchNoiseReport({ fromMs, toMs }, signal),
  });
  const flaps = new Map(data?.rules.map(({ alert, flaps: count }) => [alert, count] as const));
  return (alert) => flaps.get(alert) ?? 0;
}

/** Midnight by the clock of the page's zone. */
function midnightBefore(nowMs: number, zone: Zone): number {
  return momentOf({ ...wallTime(nowMs, zone), ...{ hour: 0, minute: 0, second: 0, ms: 0 } }, zone);
}
