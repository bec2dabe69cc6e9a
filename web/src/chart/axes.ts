import type { Language } from '../i18n/setup.ts';
import { type Zone, zoneName } from '../time/zone.ts';

/** Labels of a time axis in ms: the clock, and the date where a day begins or steps are days. */
export function timeLabels(language: Language, zone: Zone): (splits: readonly number[], stepMs: number) => string[] {
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
  const timeZone = zoneName(zone);
  const clock = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const seconds = new Intl.DateTimeFormat(locale, {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const day = new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'short' });
  return (splits, stepMs) => {
    let lastDay = splits[0] === undefined ? '' : day.format(splits[0]);
    return splits.map((ms) => {
      if (stepMs >= 86_400_000) return day.format(ms);
      const today = day.format(ms);
      const turned = today !== lastDay;
      lastDay = today;
      if (turned) return today;
      return stepMs < 60_000 ? seconds.format(ms) : clock.format(ms);
    });
  };
}

/** Sums each series onto the ones below it; a gap counts as zero. The first series ends up on top. */
export function stack(values: readonly (readonly (number | null | undefined)[])[]): (number | null)[][] {
  const length = values[0]?.length ?? 0;
  const below = new Float64Array(length);
  const out: (number | null)[][] = [];
  for (const series of values.toReversed()) {
    out.push(Array.from({ length }, (_, at) => (below[at] = (below[at] ?? 0) + (series[at] ?? 0))));
  }
  return out.reverse();
}
