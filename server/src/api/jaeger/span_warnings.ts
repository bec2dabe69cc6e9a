import type { StoredSpan } from '../../store/index.ts';

/** The attribute by which Jaeger's own parts say something of a span (jaeger, internal/jptrace: WarningsAttribute). */
const WARNINGS = '@jaeger@warnings';

/** Spans of a trace, oldest first, with something to be said of it on the first: OTLP has no other place for it. */
export function withWarnings(spans: readonly StoredSpan[], warnings: readonly string[]): readonly StoredSpan[] {
  const [first, ...others] = spans;
  if (first === undefined) return spans;
  const { pairs, types } = first.attributes;
  const at = pairs.findIndex((key, i) => i % 2 === 0 && key === WARNINGS);
  // One that was sent with it keeps what it says.
  const kept = at < 0 ? { pairs, types } : { pairs: pairs.toSpliced(at, 2), types: without(types, at / 2) };
  const said = at < 0 ? [] : textsOf(pairs[at + 1] ?? '');
  const attributes = {
    pairs: [...kept.pairs, WARNINGS, JSON.stringify([...said, ...warnings])],
    types: `${kept.types}j`,
  };
  return [{ ...first, attributes }, ...others];
}

const without = (types: string, at: number): string => types.slice(0, at) + types.slice(at + 1);

/** An array of texts as stored, anything else as one text. */
function textsOf(stored: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(stored);
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Not JSON: the text itself is the warning.
  }
  return [stored];
}
