import type { FunctionType } from './function_type.ts';
import { text } from './function_type.ts';
import { basicKind } from './numbers.ts';
import { plain, sprint } from './print.ts';
import { sprintf } from './printf.ts';
import { byteLength, encodeQuery, sliceBytes } from './string_functions.ts';
import { GoTime, isTrue, TemplateError, typeName, type Value } from './value.ts';

function comparable(a: Value, b: Value): void {
  if (basicKind(a) === basicKind(b) && basicKind(a) !== undefined) return;
  throw new TemplateError(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
}

function equal(a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b;
  if (a instanceof GoTime && b instanceof GoTime) return a.ns === b.ns;
  if (basicKind(a) === undefined && typeName(a) === typeName(b)) {
    throw new TemplateError(`non-comparable type ${plain(a)}: ${typeName(a)}`);
  }
  comparable(a, b);
  return a === b;
}

function less(a: Value, b: Value): boolean {
  const kind = basicKind(a);
  if (kind === undefined || basicKind(b) === undefined) throw new TemplateError('invalid type for comparison');
  comparable(a, b);
  if (kind === 'bool') throw new TemplateError('invalid type for comparison');
  // Both are of the kind, which `comparable` has made sure of.
  return typeof a === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(text(b))) < 0 : Number(a) < Number(b);
}

function compare(call: (a: Value, b: Value) => boolean): FunctionType {
  return { parameters: ['any', 'any'], call: ([a = null, b = null]) => call(a, b) };
}

function lengthOf(value: Value): bigint {
  if (typeof value === 'string') return BigInt(byteLength(value));
  if (Array.isArray(value)) return BigInt(value.length);
  if (value instanceof Map) return BigInt(value.size);
  throw new TemplateError(value === null ? 'len of nil pointer' : `len of type ${typeName(value)}`);
}

function position(index: Value, length: number): number {
  if (typeof index !== 'bigint') {
    throw new TemplateError(
      index === null ? 'cannot index slice/array with nil' : `cannot index slice/array with type ${typeName(index)}`,
    );
  }
  if (index < 0n || index > BigInt(length)) throw new TemplateError(`index out of range: ${index}`);
  return Number(index);
}

function indexed(item: Value, indexes: readonly Value[]): Value {
  let current = item;
  for (const index of indexes) {
    if (current === null) throw new TemplateError('index of untyped nil');
    if (current instanceof Map) {
      if (typeof index !== 'string') throw new TemplateError(`value has type ${typeName(index)}; should be string`);
      current = current.get(index) ?? null;
      continue;
    }
    const list = typeof current === 'string' ? Buffer.from(current) : current;
    if (!Array.isArray(list) && !Buffer.isBuffer(list))
      throw new TemplateError(`can't index item of type ${typeName(current)}`);
    const at = position(index, list.length);
    if (at >= list.length) throw new TemplateError(`index out of range: ${at}`);
    const found: Value | undefined = list[at];
    current = Buffer.isBuffer(list) ? BigInt(Number(found)) : (found ?? null);
  }
  return current;
}

function sliced(item: Value, indexes: readonly Value[]): Value {
  if (typeof item !== 'string' && !Array.isArray(item)) {
    throw new TemplateError(item === null ? 'slice of untyped nil' : `can't slice item of type ${typeName(item)}`);
  }
  if (indexes.length > 3) throw new TemplateError(`too many slice indexes: ${indexes.length}`);
  if (indexes.length === 3) throw new TemplateError(`cannot 3-index slice a ${typeName(item)}`);
  const length = Number(lengthOf(item));
  const from = indexes[0] === undefined ? 0 : position(indexes[0], length);
  const to = indexes[1] === undefined ? length : position(indexes[1], length);
  if (from > to) throw new TemplateError(`invalid slice index: ${from} > ${to}`);
  return typeof item === 'string' ? sliceBytes(item, from, to) : item.slice(from, to);
}

const HTML: Readonly<Record<string, string>> = {
  '\0': '\uFFFD',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

const JS: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '"': '\\"' };

function escapeJs(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  return value.replace(/[\\'"<>&=\u0000-\u001f\u007f]/g, (char) => {
    const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return JS[char] ?? `\\u${code}`;
  });
}

function printing(call: (values: readonly Value[]) => string): FunctionType {
  return { parameters: [], rest: 'any', call };
}

/** Functions of Go's text/template itself, but `and` and `or`, which do not evaluate all of their arguments. */
export const BUILTIN_FUNCTIONS: Readonly<Record<string, FunctionType>> = {
  not: { parameters: ['any'], call: ([value = null]) => !isTrue(value) },
  eq: {
    parameters: ['any'],
    rest: 'any',
    call([first = null, ...rest]) {
      if (rest.length === 0) throw new TemplateError('missing argument for comparison');
      return rest.some((value) => equal(first, value));
    },
  },
  ne: compare((a, b) => !equal(a, b)),
  lt: compare(less),
  le: compare((a, b) => less(a, b) || equal(a, b)),
  gt: compare((a, b) => !less(a, b) && !equal(a, b)),
  ge: compare((a, b) => !less(a, b)),
  len: { parameters: ['any'], call: ([value = null]) => lengthOf(value) },
  index: { parameters: ['any'], rest: 'any', call: ([item = null, ...indexes]) => indexed(item, indexes) },
  slice: { parameters: ['any'], rest: 'any', call: ([item = null, ...indexes]) => sliced(item, indexes) },
  print: printing(sprint),
  println: printing((values) => `${values.map(plain).join(' ')}\n`),
  printf: { parameters: ['string'], rest: 'any', call: ([format, ...values]) => sprintf(text(format), values) },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Go replaces the zero character
  html: printing((values) => sprint(values).replace(/[\u0000"'&<>]/g, (char) => HTML[char] ?? char)),
  js: printing((values) => escapeJs(sprint(values))),
  urlquery: printing((values) => encodeQuery(sprint(values))),
  call: {
    parameters: ['any'],
    rest: 'any',
    call: ([value = null]) => {
      throw new TemplateError(value === null ? 'call of nil' : `non-function of type ${typeName(value)}`);
    },
  },
};
