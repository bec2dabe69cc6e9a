import type { StoredAttributes } from '../../store/index.ts';

/** An attribute value as OTLP has it. */
export type OtlpValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'nothing' }
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
      return fromText(text, plainValue);
    case 'o':
      return fromText(text, otlpJsonValue);
    case 'n':
      return NOTHING;
    default:
      return { kind: 'string', value: text };
  }
}

const NOTHING: OtlpValue = { kind: 'nothing' };

function fromText(text: string, read: (text: string) => OtlpValue): OtlpValue {
  try {
    return read(text);
  } catch (error) {
    // A value that was cut is no JSON any more.
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: 'string', value: text };
  }
}

/** A list as plain JSON: a number without fraction and exponent is an integer. */
const plainValue = (text: string): OtlpValue => JSON.parse(text, reviveValue) as OtlpValue;

/** A reviver (ECMA-262, JSON.parse source text access): values from the inside out, numbers by their source. */
function reviveValue(_key: string, value: unknown, context?: { readonly source?: string }): OtlpValue {
  switch (typeof value) {
    case 'string':
      return { kind: 'string', value };
    case 'boolean':
      return { kind: 'bool', value };
    case 'number': {
      const source = context?.source ?? '';
      return /^-?\d+$/.test(source) ? { kind: 'int', value: BigInt(source) } : { kind: 'double', value };
    }
    default:
  }
  if (value === null || typeof value !== 'object') return NOTHING;
  if (Array.isArray(value)) return { kind: 'array', values: value };
  return { kind: 'map', entries: Object.entries(value).map(([key, inner]) => ({ key, value: inner as OtlpValue })) };
}

/** An AnyValue of OTLP/JSON, as the decoder writes it. */
interface AnyValueJson {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values: readonly AnyValueJson[] };
  readonly kvlistValue?: { readonly values: readonly { readonly key: string; readonly value: AnyValueJson }[] };
}

const otlpJsonValue = (text: string): OtlpValue => ofAnyValue(JSON.parse(text) as AnyValueJson);

function ofAnyValue(json: AnyValueJson): OtlpValue {
  if (json.stringValue !== undefined) return { kind: 'string', value: json.stringValue };
  if (json.boolValue !== undefined) return { kind: 'bool', value: json.boolValue };
  if (json.intValue !== undefined) return { kind: 'int', value: BigInt(json.intValue) };
  if (json.doubleValue !== undefined) return { kind: 'double', value: Number(json.doubleValue) };
  if (json.bytesValue !== undefined) return { kind: 'bytes', value: Buffer.from(json.bytesValue, 'base64') };
  if (json.arrayValue !== undefined) return { kind: 'array', values: json.arrayValue.values.map(ofAnyValue) };
  if (json.kvlistValue !== undefined)
    return {
      kind: 'map',
      entries: json.kvlistValue.values.map(({ key, value }) => ({ key, value: ofAnyValue(value) })),
    };
  return NOTHING;
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
      // JSON has no such numbers; protobuf's JSON has words for them.
      return { doubleValue: Number.isFinite(value.value) ? value.value : String(value.value) };
    case 'bool':
      return { boolValue: value.value };
    case 'bytes':
      return { bytesValue: Buffer.from(value.value).toString('base64') };
    case 'nothing':
      return {};
    case 'array':
      return { arrayValue: { values: value.values.map(valueJson) } };
    case 'map':
      return { kvlistValue: { values: value.entries.map(entryJson) } };
  }
}

export function entryJson(entry: OtlpEntry): Record<string, unknown> {
  return { key: entry.key, value: valueJson(entry.value) };
}
