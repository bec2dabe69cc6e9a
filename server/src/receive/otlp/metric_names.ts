import { addsSuffixes, escapesNames, type OtlpSettings } from './settings.ts';

/** OTLP names to Prometheus names as Prometheus' own OTLP receiver makes them (github.com/prometheus/otlptranslator 1.0). */
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

/** The Prometheus name of a metric; empty when nothing usable of the name is left. */
export function metricName(name: string, unit: string, kind: NameKind, settings: OtlpSettings): string {
  if (!escapesNames(settings)) return addsSuffixes(settings) ? suffixed(name, unit, kind) : name;
  const escaped = addsSuffixes(settings) ? normalized(name, unit, kind) : replaced(name);
  return escaped !== name && /^_*$/.test(escaped) ? '' : escaped;
}

/** Tokens, unit and type joined by underscores. */
function normalized(name: string, unit: string, kind: NameKind): string {
  let tokens = name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '');
  const words = unitWords(unit);
  let main = cleanUnit(words.main);
  if (tokens.includes(main)) main = '';
  let per = cleanUnit(words.per);
  per = per === 'per_' ? '' : per.replace(/_$/, '');
  if (per !== '') main = main.replace(/_$/, '');
  tokens.push(...[main, per].filter((word) => word !== ''));
  if (kind === 'counter') tokens = [...tokens.filter((token) => token !== 'total'), 'total'];
  // Counters of things often come with the unit 1 by mistake, so only gauges are ratios.
  if (kind === 'gauge' && unit === '1') tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio'];
  return digitEscaped(tokens.join('_'));
}

/** Only what a metric name must not hold is replaced. */
function replaced(name: string): string {
  const parts = name.split(/[^a-zA-Z0-9:_]+/).filter((part) => part !== '');
  return digitEscaped(parts.join('_'));
}

function digitEscaped(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

/** Unit and type behind a name that is left as it is. */
function suffixed(name: string, unit: string, kind: NameKind): string {
  const { main, per } = unitWords(unit);
  const ratio = unit === '1' && kind === 'gauge';
  let base = name;
  if (ratio) base = withoutSuffix(base, 'ratio');
  if (kind === 'counter') base = withoutSuffix(base, 'total');
  if (per !== '') base = withoutSuffix(base, per);
  if (main !== '' && !base.endsWith(main)) base += `_${main}`;
  if (per !== '') base += `_${per}`;
  if (kind === 'counter') base += '_total';
  return ratio ? `${base}_ratio` : base;
}

/** Cuts a suffix and the character before it, whatever that is. */
function withoutSuffix(name: string, suffix: string): string {
  return name.endsWith(suffix) && name.length > suffix.length + 1 ? name.slice(0, -suffix.length - 1) : name;
}

/** The unit in words, as Prometheus' metadata has it (`bytes_per_second`). */
export function unitName(unit: string, settings: OtlpSettings | null = null): string {
  const words = unitWords(unit);
  const clean = settings === null || escapesNames(settings);
  const parts = [words.main, words.per].map((word) => (clean ? cleanUnit(word) : word));
  return parts
    .filter((part) => part !== '')
    .join('_')
    .replace(/^_/, '')
    .replace(/_$/, '');
}

/** The words of a unit, the second with `per_` in front; annotations in braces are no units. */
function unitWords(unit: string): { main: string; per: string } {
  const slash = unit.indexOf('/');
  const main = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const per = slash < 0 ? '' : unit.slice(slash + 1).trim();
  const word = (text: string, words: ReadonlyMap<string, string>): string =>
    text === '' || /[{}]/.test(text) ? '' : (words.get(text) ?? text);
  const perWord = word(per, PER_UNITS);
  return { main: word(main, UNITS), per: perWord === '' ? '' : `per_${perWord}` };
}

function cleanUnit(unit: string): string {
  return unit
    .replace(/[^a-zA-Z0-9:]/gu, '_')
    .replace(/_+/g, '_')
    .replace(/^_/, '');
}

/** The Prometheus name of a label; empty when the key is none that can be used. */
export function labelName(key: string, settings: OtlpSettings): string {
  if (/^_*$/.test(key)) return '';
  if (!escapesNames(settings)) return key;
  const reserved = /^__(.*)__$/s.exec(key);
  let name: string;
  if (settings.labelPreserveMultipleUnderscores) name = key.replace(/[^a-zA-Z0-9]/gu, '_');
  else if (reserved !== null) name = `__${(reserved[1] ?? '').replace(/[^a-zA-Z0-9]+/gu, '_')}__`;
  else name = key.replace(/[^a-zA-Z0-9]+/gu, '_');
  if (/^[0-9]/.test(name)) name = `key_${name}`;
  else if (settings.labelUnderscoreSanitization && name.startsWith('_') && !name.startsWith('__')) name = `key${name}`;
  return /^_*$/.test(name) ? '' : name;
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
