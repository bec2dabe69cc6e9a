import { time } from '../../../server/src/rules/index.ts';

const DURATION = String.raw`(?:\d+(?:ms|[smhdwy])?)+`;
const ITEM = new RegExp(`^([+-]?${DURATION})(?:([+-])(${DURATION}))?(?:x(\\d+))?$`);

/**
 * The start timestamps of a line `metric{…}@st -1m-30sx3 _ 0s`: how far each lies from its sample, in ms, undefined where
 * there is none. Undefined when the line is another. Throws Error.
 */
export function startOffsets(line: string): readonly (number | undefined)[] | undefined {
  const items = /^\S*?(?:\{.*\})?@st\s+(.*)$/.exec(line)?.[1];
  return items?.trim().split(/\s+/).flatMap(expand);
}

function expand(item: string): readonly (number | undefined)[] {
  const blank = /^_(?:x(\d+))?$/.exec(item);
  if (blank !== null) return Array.from({ length: Number(blank[1] ?? 1) }, () => undefined);
  const match = ITEM.exec(item);
  if (match === null) throw new Error(`cannot read the start timestamp ${JSON.stringify(item)}`);
  const [, first = '', sign, step, times] = match;
  const delta = step === undefined ? 0 : time(step) * (sign === '-' ? -1 : 1);
  const base = first.startsWith('+') ? time(first.slice(1)) : time(first);
  return Array.from({ length: Number(times ?? 0) + 1 }, (_, i) => base + i * delta);
}
