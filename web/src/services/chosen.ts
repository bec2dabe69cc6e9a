import type { Range } from '../time/range.ts';

/** A stretch as the address writes it (`<ms>-<ms>`), cut to the range; null when it is none or lies outside. */
export function chosenOf(text: string | null, range: Range): Range | null {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text ?? '');
  if (match === null) return null;
  const fromMs = Math.max(Number(match[1]), range.fromMs);
  const toMs = Math.min(Number(match[2]), range.toMs);
  return toMs > fromMs ? { fromMs, toMs } : null;
}
