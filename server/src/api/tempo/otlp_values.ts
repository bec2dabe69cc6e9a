import type { StoredAttributes } from '../../store/index.ts';

/** An attribute value as OTLP has it. */
export type OtlpValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'array'; readonly values: readonly OtlpValue[] }
  | { readonly kind: 'map'; readonly entries: readonly OtlpEntry[] };

export interface OtlpEntry {
  readonly key: string;
  readonly value: OtlpValue;
}

/** Stored text back to what it was, by its letter (see TABLES.otel_traces); text that does not fit its letter stays text. */
function otlpValue(text: string, letter: string | undefined): OtlpValue {
  switch (letter) {
    case 'i':
      return /^-?\d{1,20}$/.test(text) ? { kind: 'int', value: BigInt(text) } : { kind: 'string', value: text };
    case 'd':
      return { kind: 'double', value: Number(text) };
    case 'b':
      return { kind: 'bool', value: text === 'true' };
    case 'y':
      return { kind: 'bytes', value: Uint8Array.from(Buffer.from(text, 'base64')) };
    case 'j':
      return fromJson(text);
    default:
      return { kind: 'string', value: text };
  }
}

function fromJson(text: string): OtlpValue {
  try {
    return ofJson(JSON.parse(text), 0);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: 'string', value: text };
  }
}

const MAX_DEPTH = 32;

function ofJson(value: unknown, depth: number): OtlpValue {
  if (depth > MAX_DEPTH) return { kind: 'string', value: JSON.stringify(value) };
  if (typeof value === 'string') return { kind: 'string', value };
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { kind: 'int', value: BigInt(value) } : { kind: 'double', value };
  if (Array.isArray(value)) return { kind: 'array', values: value.map((item) => ofJson(item, depth + 1)) };
  if (typeof value === 'object' && value !== null) {
    return {
      kind: 'map',
      entries: Object.entries(value).map(([key, item]) => ({ key, value: ofJson(item, depth + 1) })),
    };
  }
  return { kind: 'string', value: '' };
}

/** Attributes of a span or resource with their types. */
export function otlpAttributes(attributes: StoredAttributes): OtlpEntry[] {
  const entries: OtlpEntry[] = [];
  for (let i = 0; i < attributes.pairs.length; i += 2) {
    entries.push({
      key: attributes.pairs[i] ?? '',
      value: otlpValue(attributes.pairs[i + 1] ?? '', attributes.types[i / 2]),
    });
  }
  return entries;
}

/** A value in OTLP's JSON form. */
function valueJson(value: OtlpValue): Record<string, unknown> {
  switch (value.kind) {
    case 'string':
      return { stringValue: value.value };
    case 'int':
      return { intValue: String(value.value) };
    case 'double':
      return { doubleValue: value.value };
    case 'bool':
      return { boolValue: value.value };
    case 'bytes':
      return { bytesValue: Buffer.from(value.value).toString('base64') };
    case 'array':
      return { arrayValue: { values: value.values.map(valueJson) } };
    case 'map':
      return { kvlistValue: { values: value.entries.map(entryJson) } };
  }
}

export function entryJson(entry: OtlpEntry): Record<string, unknown> {
  return { key: entry.key, value: valueJson(entry.value) };
}
