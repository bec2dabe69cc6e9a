import type { StoredSpan } from '../../store/index.ts';

/** The first of several attributes that a span or its resource has, as name and value; attributes of the span itself come first. */
export function firstAttribute(span: StoredSpan, names: readonly string[]): readonly [string, string] | undefined {
  for (const { pairs } of [span.attributes, span.resource]) {
    for (const name of names) {
      for (let i = 0; i < pairs.length; i += 2)
        if (pairs[i] === name && pairs[i + 1] !== '') return [name, pairs[i + 1] ?? ''];
    }
  }
  return undefined;
}

/** Of several attribute names the value of the first that is there; empty when none is. */
export function attributeOf(span: StoredSpan, ...names: readonly string[]): string {
  return firstAttribute(span, names)?.[1] ?? '';
}
