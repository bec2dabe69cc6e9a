const UNITS = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;
const MAX_NS = 9_223_372_036_854_775_807n;
const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Parses a Prometheus duration (`1h30m`) to milliseconds; throws Error with upstream's wording. */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  if (text === '') throw new Error('empty duration string');
  const match = PATTERN.exec(text);
  const stranger = [...text.matchAll(/\d([a-z]+)/g)].find(([, unit]) => !UNITS.some(([name]) => name === unit));
  if (stranger !== undefined)
    throw new Error(`unknown unit ${JSON.stringify(stranger[1])} in duration ${JSON.stringify(text)}`);
  if (match === null) throw new Error(`not a valid duration string: ${JSON.stringify(text)}`);
  let total = 0n;
  UNITS.forEach(([, ms], i) => {
    total += BigInt(match[i + 1] ?? '0') * BigInt(ms);
  });
  if (total * 1_000_000n > MAX_NS) throw new Error('duration out of range');
  return Number(total);
}

/** Prints milliseconds as Prometheus prints durations: `1h30m`; weeks and years only when nothing remains. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.trunc(milliseconds);
  if (rest === 0) return '0s';
  let text = '';
  for (const [unit, size] of UNITS) {
    const exact = unit === 'y' || unit === 'w' || unit === 'd';
    if (unit !== 'd' && exact && rest % size !== 0) continue;
    const count = Math.trunc(rest / size);
    if (count > 0) {
      text += `${count}${unit}`;
      rest -= count * size;
    }
  }
  return text;
}
