import { byteLength, bytesLess, encodeQuery, sliceBytes, utf8 } from './bytes.ts';
import { escapeHtml, escapeJs } from './escape.ts';
import { type FunctionType, text } from './function_type.ts';
import { plain, sprint } from './print.ts';
import { sprintf } from './printf.ts';
import {
  basicKind,
  basicValue,
  entriesOf,
  GoTime,
  isTrue,
  itemsOf,
  Named,
  TemplateError,
  typeName,
  type Value,
} from './value.ts';

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
  return basicValue(a) === basicValue(b);
}

function less(a: Value, b: Value): boolean {
  const kind = basicKind(a);
  if (kind === undefined || basicKind(b) === undefined) throw new TemplateError('invalid type for comparison');
  comparable(a, b);
  if (kind === 'bool') throw new TemplateError('invalid type for comparison');
  // Both are of the kind, which `comparable` has made sure of.
  const [left, right] = [basicValue(a), basicValue(b)];
  return typeof left === 'string' ? bytesLess(left, text(right)) : Number(left) < Number(right);
}

function compare(call: (a: Value, b: Value) => boolean): FunctionType {
  return { parameters: ['any', 'any'], call: ([a = null, b = null]) => call(a, b) };
}

function isStruct(value: Value): boolean {
  return value instanceof Named && value.type.isStruct === true;
}

function lengthOf(value: Value): bigint {
  const basic = basicValue(value);
  if (typeof basic === 'string') return BigInt(byteLength(basic));
  const size = itemsOf(value)?.length ?? (isStruct(value) ? undefined : entriesOf(value)?.size);
  if (size !== undefined) return BigInt(size);
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
    current = indexedBy(current, index);
  }
  return current;
}

function indexedBy(item: Value, index: Value): Value {
  const entries = isStruct(item) ? undefined : entriesOf(item);
  if (entries !== undefined) {
    if (typeof index !== 'string') throw new TemplateError(`value has type ${typeName(index)}; should be string`);
    return entries.get(index) ?? (item instanceof Named ? item.type.missing : undefined) ?? null;
  }
  const items = itemsOf(item);
  const bytes = typeof item === 'string' ? utf8(item) : undefined;
  const length = items?.length ?? bytes?.length;
  if (length === undefined) throw new TemplateError(`can't index item of type ${typeName(item)}`);
  const at = position(index, length);
  if (at >= length) throw new TemplateError(`index out of range: ${at}`);
  return bytes === undefined ? (items?.[at] ?? null) : BigInt(bytes[at] ?? 0);
}

function sliced(item: Value, indexes: readonly Value[]): Value {
  const items = itemsOf(item);
  if (typeof item !== 'string' && items === undefined) {
    throw new TemplateError(item === null ? 'slice of untyped nil' : `can't slice item of type ${typeName(item)}`);
  }
  if (indexes.length > 3) throw new TemplateError(`too many slice indexes: ${indexes.length}`);
  if (indexes.length === 3) throw new TemplateError(`cannot 3-index slice a ${typeName(item)}`);
  const length = Number(lengthOf(item));
  const from = indexes[0] === undefined ? 0 : position(indexes[0], length);
  const to = indexes[1] === undefined ? length : position(indexes[1], length);
  if (from > to) throw new TemplateError(`invalid slice index: ${from} > ${to}`);
  return typeof item === 'string' ? sliceBytes(item, from, to) : (items ?? []).slice(from, to);
}

function printing(call: (values: readonly Value[]) => string): FunctionType {
  return { parameters: [], rest: 'any', call };
}

/** A function whose evaluation is the language's own: it is in the table for its name. */
function ofLanguage(name: string): FunctionType {
  return {
    parameters: [],
    rest: 'any',
    call: () => {
      throw new TypeError(`${name} is evaluated where it stands`);
    },
  };
}

/** Functions of Go's text/template itself. */
export const BUILTIN_FUNCTIONS: Readonly<Record<string, FunctionType>> = {
  // These do not evaluate all of their arguments.
  and: ofLanguage('and'),
  or: ofLanguage('or'),
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
  html: printing((values) => escapeHtml(sprint(values))),
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
