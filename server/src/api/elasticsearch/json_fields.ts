import { isJsonObject } from '../../base/json_input.ts';
import { parsingError } from './errors.ts';

/** A parsed JSON object of a request. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object. Throws ElasticError. */
export function object(value: unknown, what: string): JsonObject {
  if (!isJsonObject(value)) throw parsingError(`[${what}] must be an object`);
  return value;
}

/** A scalar as text, as Elasticsearch takes numbers and truth values for text. Throws ElasticError. */
export function scalar(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw parsingError(`[${what}] must be a string, a number or a boolean`);
}

/** A whole number of at least `min`; numbers may be written as text. Throws ElasticError. */
export function wholeNumber(value: unknown, what: string, fallback: number, min = 0): number {
  if (value === undefined || value === null || value === '') return fallback;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < min)
    throw parsingError(`[${what}] must be a whole number of at least ${min}`);
  return number;
}

/** A value or a list of values as a list. */
export function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** The one entry of an object like `{"term": {…}}`. Throws ElasticError. */
export function onlyEntry(value: unknown, what: string): readonly [name: string, value: unknown] {
  const entries = Object.entries(object(value, what));
  const [entry] = entries;
  if (entries.length !== 1 || entry === undefined)
    throw parsingError(`[${what}] must have one name in it, not ${entries.length}`);
  return entry;
}
