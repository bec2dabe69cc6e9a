import { utf8 } from './bytes.ts';
import { plain } from './print.ts';
import {
  basicValue,
  entriesOf,
  formatFloat,
  GoDuration,
  GoTime,
  isTrue,
  itemsOf,
  TemplateError,
  typeName,
  type Value,
  withExponent,
} from './value.ts';

/** A width or precision beyond it is refused before memory is spent on it. */
const MAX_WIDTH = 10_000;

interface Spec {
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly verb: string;
}

/** The operands of a format and the next one to print. */
interface Operands {
  readonly values: readonly Value[];
  next: number;
  /** Whether an explicit index (`%[2]d`) was used: surplus operands are then no mistake. */
  reordered: boolean;
}

/** Go's fmt.Sprintf for the values of templates. @throws TemplateError for a width nobody means */
export function sprintf(format: string, values: readonly Value[]): string {
  const operands: Operands = { values, next: 0, reordered: false };
  let out = '';
  let at = 0;
  for (;;) {
    const percent = format.indexOf('%', at);
    if (percent < 0) break;
    out += format.slice(at, percent);
    const { text, end } = formatDirective(format, percent + 1, operands);
    out += text;
    at = end;
  }
  out += format.slice(at);
  if (operands.reordered || operands.next >= values.length) return out;
  const extra = values.slice(operands.next).map((v) => (v === null ? '<nil>' : `${typeName(v)}=${plain(v)}`));
  return `${out}%!(EXTRA ${extra.join(', ')})`;
}

function formatDirective(format: string, from: number, operands: Operands): { text: string; end: number } {
  let at = from;
  const flags = matchAt(/[-+# 0]*/y, format, at);
  at += flags.length;
  at += indexOf(format, at, operands);
  const width = numberAt(format, at, operands);
  at = width.end;
  let precision: number | undefined;
  if (format[at] === '.') {
    at++;
    at += indexOf(format, at, operands);
    const given = numberAt(format, at, operands);
    precision = given.value ?? 0;
    at = given.end;
  }
  at += indexOf(format, at, operands);
  const verb = String.fromCodePoint(format.codePointAt(at) ?? 0);
  if (at >= format.length) return { text: '%!(NOVERB)', end: at };
  const end = at + verb.length;
  if (verb === '%') return { text: '%', end };
  const value = operands.values[operands.next];
  if (value === undefined) return { text: `%!${verb}(MISSING)`, end };
  operands.next++;
  const negative = width.value !== undefined && width.value < 0;
  const spec: Spec = {
    flags: negative ? `${flags}-` : flags,
    width: width.value === undefined ? undefined : Math.abs(width.value),
    precision,
    verb,
  };
  if ((spec.width ?? 0) > MAX_WIDTH || (precision ?? 0) > MAX_WIDTH)
    throw new TemplateError('printf: width out of range');
  return { text: formatValue(value, spec), end };
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** Applies an explicit index `[n]`; @returns its length */
function indexOf(format: string, at: number, operands: Operands): number {
  const text = matchAt(/\[\d{1,6}\]/y, format, at);
  if (text === '') return 0;
  operands.next = Number(text.slice(1, -1)) - 1;
  operands.reordered = true;
  return text.length;
}

/** A width or precision: digits, or `*` that takes an operand. */
function numberAt(format: string, at: number, operands: Operands): { value: number | undefined; end: number } {
  if (format[at] === '*') {
    const value = operands.values[operands.next++];
    return { value: typeof value === 'bigint' ? Number(value) : undefined, end: at + 1 };
  }
  const digits = matchAt(/\d{1,9}/y, format, at);
  return { value: digits === '' ? undefined : Number(digits), end: at + digits.length };
}

function formatValue(value: Value, spec: Spec): string {
  const { verb } = spec;
  if (verb === 'T') return padded(value === null ? '<nil>' : typeName(value), spec, false);
  if (verb === 'v' && typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
    return padded(plain(value), spec, false);
  }
  switch (typeof value) {
    case 'string':
      return formatString(value, spec);
    case 'bigint':
      return formatInteger(value, spec);
    case 'number':
      return formatNumber(value, spec);
    case 'boolean':
      return verb === 't' ? padded(String(isTrue(value)), spec, false) : bad(value, spec);
  }
  if (value === null) return `%!${verb}(<nil>)`;
  if (value instanceof GoTime || (value instanceof GoDuration && verb === 's')) {
    return verb === 's' ? padded(plain(value), spec, false) : bad(value, spec);
  }
  const inner = { ...spec, width: undefined };
  const items = itemsOf(value);
  if (items !== undefined) return `[${items.map((item) => formatValue(item, inner)).join(' ')}]`;
  const entries = entriesOf(value);
  if (entries === undefined) return formatValue(basicValue(value), spec);
  return `map[${[...entries].map(([key, item]) => `${formatValue(key, inner)}:${formatValue(item, inner)}`).join(' ')}]`;
}

function bad(value: Value, { verb }: Spec): string {
  return `%!${verb}(${typeName(value)}=${plain(value)})`;
}

/** Pads to the width; zeros go between a sign and the digits. */
function padded(text: string, { flags, width }: Spec, numeric: boolean): string {
  const length = [...text].length;
  if (width === undefined || length >= width) return text;
  const fill = width - length;
  if (flags.includes('-')) return text + ' '.repeat(fill);
  if (!flags.includes('0')) return ' '.repeat(fill) + text;
  const sign = numeric && /^[+\- ]/.test(text) ? text.slice(0, 1) : '';
  return sign + '0'.repeat(fill) + text.slice(sign.length);
}

function formatString(value: string, spec: Spec): string {
  const { verb, precision, flags } = spec;
  const cut = precision === undefined || 'xX'.includes(verb) ? value : [...value].slice(0, precision).join('');
  switch (verb) {
    case 's':
      return padded(cut, spec, false);
    case 'v':
      return padded(flags.includes('#') ? goQuote(cut, false) : cut, spec, false);
    case 'q':
      return padded(
        flags.includes('#') && !/[`\p{Cc}]/u.test(cut) ? `\`${cut}\`` : goQuote(cut, flags.includes('+')),
        spec,
        false,
      );
    case 'x':
    case 'X': {
      const bytes = utf8(value).subarray(0, precision);
      const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
      const prefix = flags.includes('#') && pairs.length > 0 ? '0x' : '';
      const text = prefix + pairs.join(flags.includes(' ') ? ` ${prefix}` : '');
      return padded(verb === 'X' ? text.toUpperCase() : text, spec, false);
    }
    default:
      return bad(value, spec);
  }
}

/** A string in double quotes as strconv.Quote writes it; with `ascii` other characters escaped too. */
function goQuote(value: string, ascii: boolean): string {
  let out = '"';
  for (const char of value) {
    const code = char.codePointAt(0) ?? 0;
    const simple = {
      '"': '\\"',
      '\\': '\\\\',
      '\n': '\\n',
      '\t': '\\t',
      '\r': '\\r',
      '\x07': '\\a',
      '\b': '\\b',
      '\f': '\\f',
      '\v': '\\v',
    }[char];
    if (simple !== undefined) out += simple;
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code > 0xffff && (ascii || /\p{C}/u.test(char))) out += `\\U${code.toString(16).padStart(8, '0')}`;
    else if (code > 0x7f && (ascii || /\p{C}/u.test(char))) out += `\\u${code.toString(16).padStart(4, '0')}`;
    else out += char;
  }
  return `${out}"`;
}

const BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  d: [10, ''],
  v: [10, ''],
  b: [2, '0b'],
  o: [8, '0'],
  O: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
};

function formatInteger(value: bigint, spec: Spec): string {
  const { verb, flags, precision } = spec;
  if (verb === 'c' || verb === 'q' || verb === 'U') {
    const code = Number(value);
    const valid = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
    const char = String.fromCodePoint(valid ? code : 0xfffd);
    if (verb === 'U') return padded(`U+${value.toString(16).toUpperCase().padStart(4, '0')}`, spec, false);
    return padded(
      verb === 'c' ? char : `'${goQuote(char, flags.includes('+')).slice(1, -1).replace('\\"', '"')}'`,
      spec,
      false,
    );
  }
  const [base, prefix] = BASES[verb] ?? [0, ''];
  if (base === 0) return bad(value, spec);
  let digits = (value < 0n ? -value : value).toString(base);
  if (verb === 'X') digits = digits.toUpperCase();
  if (precision !== undefined) digits = digits.padStart(precision, '0');
  const sign = value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const text = sign + (flags.includes('#') || verb === 'O' ? prefix : '') + digits;
  return padded(text, precision === undefined ? spec : { ...spec, flags: flags.replaceAll('0', '') }, true);
}

function formatNumber(value: number, spec: Spec): string {
  const { verb, flags, precision } = spec;
  const text = floatText(value, verb, precision);
  if (text === undefined) return bad(value, spec);
  const sign =
    flags.includes('+') && !/^[+-]/.test(text) ? '+' : flags.includes(' ') && !text.startsWith('-') ? ' ' : '';
  return padded(sign + text, Number.isFinite(value) ? spec : { ...spec, flags: flags.replaceAll('0', '') }, true);
}

function floatText(value: number, verb: string, precision: number | undefined): string | undefined {
  const size = Math.min(precision ?? 6, 100);
  switch (verb) {
    case 'v':
      return precision === undefined ? formatFloat(value) : general(value, size);
    case 'g':
    case 'G': {
      const text = precision === undefined ? formatFloat(value) : general(value, size);
      return verb === 'G' ? text.toUpperCase() : text;
    }
    case 'f':
    case 'F':
      return Number.isFinite(value) ? fixed(value, size) : formatFloat(value);
    case 'e':
    case 'E': {
      const text = Number.isFinite(value) ? exponential(value, size) : formatFloat(value);
      return verb === 'E' ? text.toUpperCase() : text;
    }
    default:
      return undefined;
  }
}

/** Digits looked at behind the last one printed, to tell an exact half: Go rounds that to even, JavaScript away from zero. */
const BEHIND = 60;

/** Whether digits are an exact half behind an even digit: they are then cut off. */
function isHalfOfEven(cut: string, behind: string): boolean {
  return /^50*$/.test(behind) && /[02468]$/.test(cut.replace('.', ''));
}

/** toFixed gives up at 1e21; the value is whole there. */
function fixed(value: number, digits: number): string {
  if (Math.abs(value) >= 1e21) return BigInt(value).toString() + (digits > 0 ? `.${'0'.repeat(digits)}` : '');
  if (digits + BEHIND > 100) return value.toFixed(digits);
  const long = value.toFixed(digits + BEHIND);
  const cut = long.slice(0, -BEHIND).replace(/\.$/, '');
  return isHalfOfEven(cut, long.slice(-BEHIND)) ? cut : value.toFixed(digits);
}

/** One digit before the point, and an exponent. */
function exponential(value: number, digits: number): string {
  if (digits + BEHIND > 100) return withExponent(value.toExponential(digits));
  const [long = '', exponent = ''] = value.toExponential(digits + BEHIND).split('e');
  const cut = long.slice(0, -BEHIND).replace(/\.$/, '');
  return withExponent(isHalfOfEven(cut, long.slice(-BEHIND)) ? `${cut}e${exponent}` : value.toExponential(digits));
}

function general(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatFloat(value);
  const digits = precision === 0 ? 1 : precision;
  const rounded = exponential(value, digits - 1);
  const exponent = value === 0 ? 0 : Number(rounded.split('e')[1]);
  if (exponent < -4 || exponent >= digits) return rounded.replace(/\.?0+e/, 'e');
  const text = fixed(value, Math.max(0, digits - 1 - exponent));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
