/** Tests of the rows of a slice, put together so that what surely holds or never does costs nothing. */

/** Whether a row of a slice satisfies what was asked. */
export type RowTest = (row: number) => boolean;

export const ALWAYS: RowTest = () => true;
/** No row of the slice does. */
export const NEVER: RowTest = () => false;

export function both(tests: readonly RowTest[]): RowTest {
  if (tests.includes(NEVER)) return NEVER;
  const [first, second, ...others] = tests.filter((test) => test !== ALWAYS);
  if (first === undefined) return ALWAYS;
  if (second === undefined) return first;
  if (others.length === 0) return (row) => first(row) && second(row);
  return (row) => first(row) && second(row) && others.every((test) => test(row));
}

export function either(tests: readonly RowTest[]): RowTest {
  if (tests.includes(ALWAYS)) return ALWAYS;
  const [first, second, ...others] = tests.filter((test) => test !== NEVER);
  if (first === undefined) return NEVER;
  if (second === undefined) return first;
  if (others.length === 0) return (row) => first(row) || second(row);
  return (row) => first(row) || second(row) || others.some((test) => test(row));
}

const UNJUDGED = 0;
const HOLDS = 1;
const FAILS = 2;

/**
 * Judges each of some codes once.
 * @param codes of the rows; rows that are added later are not asked for
 * @param size how many codes there are
 */
export function byCode(codes: Uint16Array | Uint32Array, size: number, holds: (code: number) => boolean): RowTest {
  const verdicts = new Uint8Array(size);
  return (row) => {
    const code = codes[row] as number;
    const verdict = verdicts[code];
    if (verdict !== UNJUDGED) return verdict === HOLDS;
    const isHeld = holds(code);
    verdicts[code] = isHeld ? HOLDS : FAILS;
    return isHeld;
  };
}
