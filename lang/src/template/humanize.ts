import { sprintf } from './printf.ts';
import { GoDuration, TemplateError, typeName, type Value } from './value.ts';

const NUMBER = /^[+-]?(?:(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|0[xX][0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?[pP][+-]?\d+)$/;

/** A number out of what templates have: common/helpers/templates, ConvertToFloat. @throws TemplateError */
export function toFloat(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof GoDuration) return Number(value.ns) / 1e9;
  if (typeof value !== 'string') throw new TemplateError(`can't convert ${typeName(value)} to float`);
  if (/^[+-]?inf(?:inity)?$/i.test(value)) return value.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(value)) return Number.NaN;
  if (!NUMBER.test(value)) {
    throw new TemplateError(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
  }
  return Number(value.replaceAll('_', ''));
}

/** Four significant digits. */
export const fourDigits = (value: number): string => sprintf('%.4g', [value]);

const THOUSANDS = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const FRACTIONS = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const BINARY = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];

function larger(value: number, base: number, prefixes: readonly string[]): string {
  let [scaled, prefix] = [value, ''];
  for (const next of prefixes) {
    if (Math.abs(scaled) < base) break;
    prefix = next;
    scaled /= base;
  }
  return fourDigits(scaled) + prefix;
}

function smaller(value: number): string {
  let [scaled, prefix] = [value, ''];
  for (const next of FRACTIONS) {
    if (Math.abs(scaled) >= 1) break;
    prefix = next;
    scaled *= 1000;
  }
  return fourDigits(scaled) + prefix;
}

/** With the prefixes of the metric system (common/helpers/templates, humanize). */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return fourDigits(value);
  return Math.abs(value) >= 1 ? larger(value, 1000, THOUSANDS) : smaller(value);
}

/** With the prefixes of powers of 1024. */
export function humanize1024(value: number): string {
  return Math.abs(value) <= 1 || !Number.isFinite(value) ? fourDigits(value) : larger(value, 1024, BINARY);
}

/** `1d 2h 3m 4s` (common/helpers/templates, HumanizeDuration). */
export function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return fourDigits(value);
  if (value === 0) return '0s';
  if (Math.abs(value) < 1) return `${smaller(value)}s`;
  const sign = value < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(value));
  const [seconds, minutes] = [whole % 60, Math.floor(whole / 60) % 60];
  const [hours, days] = [Math.floor(whole / 3600) % 24, Math.floor(whole / 86_400)];
  if (days !== 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours !== 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  return minutes === 0 ? `${sign}${fourDigits(Math.abs(value))}s` : `${sign}${minutes}m ${seconds}s`;
}
