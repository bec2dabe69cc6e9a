/**
 * OTLP names to Prometheus names as Prometheus' own OTLP receiver makes them by default (github.com/prometheus/otlptranslator,
 * strategy UnderscoreEscapingWithSuffixes).
 */
export type NameKind = 'counter' | 'gauge' | 'other';

const UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
]);

const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);

/** The Prometheus name of a metric; empty when nothing of the name is left. */
export function metricName(name: string, unit: string, kind: NameKind): string {
  let tokens = name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '');
  if (tokens.length === 0) return '';
  const { main, per } = unitWords(unit);
  const known = new Set(tokens);
  if (main !== '' && !known.has(main)) tokens.push(main);
  if (per !== '' && !known.has(per)) tokens.push('per', per);
  if (kind === 'counter') tokens = [...tokens.filter((token) => token !== 'total'), 'total'];
  // Counters of things often come with the unit 1 by mistake, so only gauges are ratios.
  if (kind === 'gauge' && unit === '1') tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio'];
  const joined = tokens.join('_');
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

/** The unit in words, as Prometheus' metadata has it (`bytes_per_second`). */
export function unitName(unit: string): string {
  const { main, per } = unitWords(unit);
  return per === '' ? main : main === '' ? `per_${per}` : `${main}_per_${per}`;
}

function unitWords(unit: string): { main: string; per: string } {
  const slash = unit.indexOf('/');
  const main = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const per = slash < 0 ? '' : unit.slice(slash + 1).trim();
  return { main: unitWord(main, UNITS), per: unitWord(per, PER_UNITS) };
}

/** Annotations in braces are no units. */
function unitWord(unit: string, words: ReadonlyMap<string, string>): string {
  if (unit === '' || /[{}]/.test(unit)) return '';
  return (words.get(unit) ?? unit).replace(/[^a-zA-Z0-9]+/g, '_').replace(/^_|_$/g, '');
}

/** The Prometheus name of a label. */
export function labelName(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/gu, '_');
  if (/^[0-9]/.test(name)) return `key_${name}`;
  return name.startsWith('_') && !name.startsWith('__') ? `key${name}` : name;
}

/** A bucket bound or quantile as Prometheus writes it: the shortest digits that read back, never an exponent. */
export function boundText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', rest = '', exponent = '0'] = match;
  const digits = first + rest;
  const point = Number(exponent) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits}${'0'.repeat(Math.max(0, point - digits.length))}`;
}
