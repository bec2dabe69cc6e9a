/** How a value is written. `auto` guesses from the query. */
export const units = ['auto', 'short', 'bytes', 'Bps', 's', 'ms', 'ratio', 'rps', 'celsius'] as const;
export type Unit = (typeof units)[number];

export function isUnit(text: string | null): text is Unit {
  return units.some((unit) => unit === text);
}

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

/** A duration given in milliseconds, with the unit that reads best: `310 µs`, `18.4 ms`, `2.1 s`, `3.5 min`. */
export function formatMs(ms: number): string {
  const size = Math.abs(ms);
  if (size === 0) return '0';
  if (size < 0.001) return `${trimZeros((ms * 1e6).toPrecision(3))} ns`;
  if (size < 1) return `${trimZeros((ms * 1000).toPrecision(3))} µs`;
  if (size < 1000) return `${trimZeros(ms.toPrecision(3))} ms`;
  if (size < 60_000) return `${trimZeros((ms / 1000).toPrecision(3))} s`;
  if (size < 3_600_000) return `${trimZeros((ms / 60_000).toPrecision(3))} min`;
  if (size < 86_400_000) return `${trimZeros((ms / 3_600_000).toPrecision(3))} h`;
  return `${trimZeros((ms / 86_400_000).toFixed(1))} d`;
}

/** A value in its unit, short enough for an axis. */
export function formatValue(value: number | null, unit: Unit): string {
  if (value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : '-∞';
  if (unit === 'bytes') return scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB']);
  if (unit === 'Bps') return scaled(value, 1000, [' B/s', ' kB/s', ' MB/s', ' GB/s', ' TB/s']);
  if (unit === 's') return formatMs(value * 1000);
  if (unit === 'ms') return formatMs(value);
  if (unit === 'ratio') return `${trimZeros((value * 100).toPrecision(Math.abs(value) >= 1 ? 4 : 3))} %`;
  if (unit === 'rps') return `${scaled(value, 1000, ['', ' k', ' M', ' G'])}/s`;
  if (unit === 'celsius') return `${trimZeros(value.toFixed(1))} °C`;
  return scaled(value, 1000, ['', ' k', ' M', ' G', ' T']);
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
