import type { Language } from '../i18n/setup.ts';

/** How a value is written. `auto` guesses from the query. */
export const units = ['auto', 'short', 'bytes', 'Bps', 's', 'ms', 'ratio', 'rps', 'celsius'] as const;
export type Unit = (typeof units)[number];

export function isUnit(text: string | null): text is Unit {
  return units.some((unit) => unit === text);
}

interface UnitWords {
  /** Nanoseconds to days. */
  readonly durations: readonly [string, string, string, string, string, string, string];
  readonly bytes: readonly string[];
  readonly bytesPerSecond: readonly string[];
  readonly thousands: readonly string[];
  readonly perSecond: string;
  readonly decimalPoint: string;
}

const words: Readonly<Record<Language, UnitWords>> = {
  en: {
    durations: ['ns', 'µs', 'ms', 's', 'min', 'h', 'd'],
    bytes: [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB'],
    bytesPerSecond: [' B/s', ' kB/s', ' MB/s', ' GB/s', ' TB/s'],
    thousands: ['', ' k', ' M', ' G', ' T'],
    perSecond: '/s',
    decimalPoint: '.',
  },
  ru: {
    durations: ['нс', 'мкс', 'мс', 'с', 'мин', 'ч', 'дн'],
    bytes: [' Б', ' КиБ', ' МиБ', ' ГиБ', ' ТиБ', ' ПиБ'],
    bytesPerSecond: [' Б/с', ' кБ/с', ' МБ/с', ' ГБ/с', ' ТБ/с'],
    thousands: ['', ' тыс.', ' млн', ' млрд', ' трлн'],
    perSecond: '/с',
    decimalPoint: ',',
  },
};

function scaled(value: number, base: number, suffixes: readonly string[]): string {
  let at = 0;
  let size = Math.abs(value);
  while (size >= base && at < suffixes.length - 1) {
    size /= base;
    at += 1;
  }
  const digits = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const text =
    at === 0 && size < 1 && size > 0 ? Number(size.toPrecision(3)).toString() : trimZeros(size.toFixed(digits));
  return `${value < 0 ? '-' : ''}${text}${suffixes[at] ?? ''}`;
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function durationText(ms: number, [ns, us, milli, s, min, h, d]: UnitWords['durations']): string {
  const size = Math.abs(ms);
  if (size === 0) return '0';
  if (size < 0.001) return `${trimZeros((ms * 1e6).toPrecision(3))} ${ns}`;
  if (size < 1) return `${trimZeros((ms * 1000).toPrecision(3))} ${us}`;
  if (size < 1000) return `${trimZeros(ms.toPrecision(3))} ${milli}`;
  if (size < 60_000) return `${trimZeros((ms / 1000).toPrecision(3))} ${s}`;
  if (size < 3_600_000) return `${trimZeros((ms / 60_000).toPrecision(3))} ${min}`;
  if (size < 86_400_000) return `${trimZeros((ms / 3_600_000).toPrecision(3))} ${h}`;
  return `${trimZeros((ms / 86_400_000).toFixed(1))} ${d}`;
}

function valueText(value: number, unit: Unit, own: UnitWords): string {
  if (unit === 'bytes') return scaled(value, 1024, own.bytes);
  if (unit === 'Bps') return scaled(value, 1000, own.bytesPerSecond);
  if (unit === 's') return durationText(value * 1000, own.durations);
  if (unit === 'ms') return durationText(value, own.durations);
  if (unit === 'ratio') return `${trimZeros((value * 100).toPrecision(Math.abs(value) >= 1 ? 4 : 3))} %`;
  if (unit === 'rps') return `${scaled(value, 1000, own.thousands)}${own.perSecond}`;
  if (unit === 'celsius') return `${trimZeros(value.toFixed(1))} °C`;
  return scaled(value, 1000, own.thousands);
}

const localized = (text: string, { decimalPoint }: UnitWords): string =>
  decimalPoint === '.' ? text : text.replace(/(\d)\.(?=\d)/, `$1${decimalPoint}`);

/** A duration given in milliseconds, with the unit that reads best: `310 µs`, `18.4 ms`, `2.1 s`, `3.5 min`; `18,4 мс`. */
export function formatMs(ms: number, language: Language): string {
  return localized(durationText(ms, words[language].durations), words[language]);
}

/** A value in its unit, short enough for an axis. */
export function formatValue(value: number | null, unit: Unit, language: Language): string {
  if (value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : '-∞';
  return localized(valueText(value, unit, words[language]), words[language]);
}

/** The unit a PromQL query most likely yields, from the names in it. */
export function guessUnit(query: string): Unit {
  const perSecond = /\b(?:rate|irate|deriv)\s*\(/.test(query);
  if (/_ratio\b|_utili[sz]ation\b/.test(query)) return 'ratio';
  // A quotient of two things of one kind has no unit of theirs.
  if (/\)\s*(?:by\s*\([^)]*\)\s*)?\/|_\w+(?:\{[^}]*\})?\s*\//.test(query)) return 'short';
  if (/histogram_quantile\s*\(/.test(query))
    return /_milliseconds|_ms(?:_|\b)/.test(query) ? 'ms' : /_bytes/.test(query) ? 'bytes' : 's';
  if (/_bytes(?:_total)?\b/.test(query)) return perSecond ? 'Bps' : 'bytes';
  if (/_celsius\b/.test(query)) return 'celsius';
  if (/_seconds(?:_total|_sum)?\b/.test(query)) return perSecond ? 'short' : 's';
  if (/_milliseconds\b/.test(query)) return 'ms';
  if (perSecond) return 'rps';
  return 'short';
}
