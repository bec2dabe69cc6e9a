import { parseNumber } from '@trilith/lang/promql';

/** A number with a sign, or NaN where it is none. */
export function numberOf(text: string): number {
  const negative = text.startsWith('-');
  const value = parseNumber(text.replace(/^[+-]/, '')) ?? Number.NaN;
  return negative ? -value : value;
}

/** Points one item of a series may stand for: what a file can make of itself is bounded. */
const MAX_REPEATS = 10_000_000;

/** How often an item is repeated. @throws Error for what no test means */
export function repeats(digits: string): number {
  const times = Number(digits);
  if (times > MAX_REPEATS) throw new Error(`x${digits} repeats a point more than ${MAX_REPEATS} times`);
  return times;
}
