import { formatMs, formatValue, type Unit } from '../chart/units.ts';
import { type Zone, zoneName } from '../time/zone.ts';
import type { Language } from './setup.ts';

export interface Formats {
  /** `12 345` or `12,345`. */
  readonly integer: (value: number) => string;
  /** `22.11.2026, 01:02:03` or `Nov 22, 2026, 01:02:03`; 24 hours in both languages. */
  readonly dateTime: (ms: number) => string;
  /** `22 Nov, 01:02`, for ranges. */
  readonly short: (ms: number) => string;
  /** `Sun 22`: a day of a calendar. */
  readonly day: (ms: number) => string;
  /** `01:02:03.456`. */
  readonly clock: (ms: number) => string;
  /** `12 seconds ago`. */
  readonly ago: (ms: number, nowMs: number) => string;
  /** `18.4 ms` of milliseconds. */
  readonly duration: (ms: number) => string;
  /** A value in its unit, short enough for an axis. */
  readonly value: (value: number | null, unit: Unit) => string;
}

/** The formats of a language in a zone. */
export function makeFormats(language: Language, zone: Zone): Formats {
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
  const timeZone = zoneName(zone);
  const base = { timeZone, hourCycle: 'h23' } as const;
  const integer = new Intl.NumberFormat(language === 'ru' ? 'ru-RU' : 'en-US');
  const dateTime = new Intl.DateTimeFormat(locale, {
    ...base,
    year: 'numeric',
    month: language === 'ru' ? '2-digit' : 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const short = new Intl.DateTimeFormat(locale, {
    ...base,
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
  const day = new Intl.DateTimeFormat(locale, { ...base, weekday: 'short', day: 'numeric' });
  const clock = new Intl.DateTimeFormat(locale, {
    ...base,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' });
  return {
    integer: (value) => integer.format(value),
    dateTime: (ms) => dateTime.format(ms),
    short: (ms) => short.format(ms),
    day: (ms) => day.format(ms),
    duration: (ms) => formatMs(ms, language),
    value: (value, unit) => formatValue(value, unit, language),
    clock: (ms) => clock.format(ms).replace(',', '.'),
    ago: (ms, nowMs) => {
      const seconds = Math.max(0, Math.round((nowMs - ms) / 1000));
      if (seconds < 90) return relative.format(-seconds, 'second');
      if (seconds < 5400) return relative.format(-Math.round(seconds / 60), 'minute');
      if (seconds < 129_600) return relative.format(-Math.round(seconds / 3600), 'hour');
      return relative.format(-Math.round(seconds / 86_400), 'day');
    },
  };
}
