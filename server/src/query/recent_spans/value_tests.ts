import { RE2JS } from 're2js';
import type { SpanTest, TypedTest } from '../../store/index.ts';

/** Whether a value does: its text, and the letter of its type (`s` where that is not known). */
export type ValueTest = (text: string, letter: string) => boolean;

const COMPARE: Readonly<
  Record<'=' | '!=' | '>' | '>=' | '<' | '<=', <T extends number | string>(a: T, b: T) => boolean>
> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

/** What the engine's toFloat64OrNull reads as a number. */
const NUMBER = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Infinity|NaN)$/;

export function valueTest(test: SpanTest): (text: string) => boolean {
  switch (test.kind) {
    case 'in': {
      const values = new Set(test.values);
      return (text) => values.has(text);
    }
    case 'regex': {
      const pattern = RE2JS.compile(test.pattern);
      return (text) => pattern.matcher(text).find();
    }
    case 'number': {
      const holds = COMPARE[test.operator];
      return (text) => NUMBER.test(text) && holds(Number(text), test.value);
    }
    case 'exists':
      return (text) => text !== '';
  }
}

export function textTest(test: Extract<TypedTest, { readonly kind: 'text' | 'pattern' }>): (text: string) => boolean {
  if (test.kind === 'text') {
    const holds = COMPARE[test.operator];
    return (text) => holds(text, test.value);
  }
  const pattern = RE2JS.compile(test.pattern, RE2JS.DOTALL);
  return (text) => pattern.testExact(text) !== test.negated;
}

/** A test of a value that holds for those of its own type only. */
export function typedTest(test: TypedTest): ValueTest {
  switch (test.kind) {
    case 'exists':
      return () => true;
    case 'text':
    case 'pattern': {
      const holds = textTest(test);
      return (text, letter) => !'idbj'.includes(letter) && holds(text);
    }
    case 'number': {
      const holds = COMPARE[test.operator];
      return (text, letter) =>
        (letter === 'i' || letter === 'd') && holds(NUMBER.test(text) ? Number(text) : 0, test.value);
    }
    case 'bool':
      return (text, letter) => letter === 'b' && (text === 'true') !== (test.value === test.negated);
  }
}
