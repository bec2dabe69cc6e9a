import type { RawRange } from './range.ts';

const storageKey = 'trilith-recent-ranges';

/** The last absolute ranges applied by hand, newest first. */
export function recentRanges(): readonly RawRange[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    if (!Array.isArray(value)) return [];
    return value.flatMap((one: unknown) =>
      typeof one === 'object' && one !== null && 'from' in one && 'to' in one
        ? [{ from: String(one.from), to: String(one.to) }]
        : [],
    );
  } catch {
    // A convenience list that cannot be read is an empty one.
    return [];
  }
}

export function rememberRange(raw: RawRange): void {
  const rest = recentRanges().filter((one) => one.from !== raw.from || one.to !== raw.to);
  localStorage.setItem(storageKey, JSON.stringify([raw, ...rest].slice(0, 4)));
}
