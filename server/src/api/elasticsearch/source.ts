import { isJsonObject, JsonError, parseJson } from '../../base/json_input.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { labelValue } from '../../model/labels.ts';
import { type Hit, typedValue } from '../../query/index.ts';

/** A document as it is answered; keys of users, so without a prototype. */
export type Source = Record<string, unknown>;

/** The document of a record: what Elasticsearch would have kept of it, made from what is stored. */
export function sourceOf(hit: Hit): Source {
  const whole = wholeDocument(hit);
  if (whole !== undefined) return whole;
  const flat = new Map<string, unknown>([['@timestamp', isoTime(hit.timeNs)]]);
  flat.set('message', hit.body);
  for (const pairs of [hit.attributes, hit.resource])
    for (let i = 0; i < pairs.length; i += 2) {
      const name = pairs[i] ?? '';
      if (name !== '_id' && !flat.has(name)) flat.set(name, attributeValue(name, pairs[i + 1] ?? ''));
    }
  // What a sender of documents named is under its own names already.
  if (labelValue(hit.labels, 'index') === '')
    for (let i = 0; i < hit.labels.length; i += 2) flat.set(`labels.${hit.labels[i]}`, hit.labels[i + 1]);
  for (const [name, value] of [
    ['log.level', hit.level.toLowerCase()],
    ['service.name', hit.service],
    ['trace.id', hit.traceId],
    ['span.id', hit.spanId],
    ['http.request.id', hit.requestId],
    ['user.id', hit.userId],
  ] as const)
    if (value !== '' && !flat.has(name)) flat.set(name, value);
  return nested(flat);
}

/** An attribute as it was sent: lists are kept as their JSON. */
function attributeValue(name: string, text: string): unknown {
  if (!text.startsWith('[')) return typedValue(name, text);
  const list = parsedJson(text);
  return Array.isArray(list) ? list : text;
}

/** The value of a JSON text; undefined when it only looks like one. */
function parsedJson(text: string): unknown {
  try {
    const { jsonDepth: depth, elementsPerRequest: elements } = DEFAULT_DECODE_LIMITS;
    return parseJson(Buffer.from(text), { depth, elements });
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return undefined;
  }
}

/** A document that was its own line, as it was sent. */
function wholeDocument(hit: Hit): Source | undefined {
  if (labelValue(hit.labels, 'index') === '' || !hit.body.startsWith('{')) return undefined;
  const parsed = parsedJson(hit.body);
  if (!isJsonObject(parsed) || typeof parsed.message === 'string') return undefined;
  // A line of JSON inside of a document has fewer fields than the document.
  const own = new Set(Object.keys(parsed));
  for (let i = 0; i < hit.attributes.length; i += 2) {
    const name = hit.attributes[i] ?? '';
    if (name !== '_id' && !own.has(name) && !own.has(name.split('.')[0] ?? '')) return undefined;
  }
  return { ...('@timestamp' in parsed ? {} : { '@timestamp': isoTime(hit.timeNs) }), ...parsed };
}

/** Dotted names as objects within objects; a name below a scalar stays as it is. */
function nested(flat: ReadonlyMap<string, unknown>): Source {
  const root: Source = Object.create(null);
  for (const [name, value] of flat) {
    const parts = name.split('.');
    const last = parts.pop() ?? '';
    const place = parts.includes('') || last === '' ? undefined : placeFor(root, parts);
    if (place === undefined || last in place) root[name] = value;
    else place[last] = value;
  }
  return root;
}

function placeFor(root: Source, parts: readonly string[]): Source | undefined {
  let place = root;
  for (const part of parts) {
    const next = place[part];
    if (next === undefined) place = place[part] = Object.create(null) as Source;
    else if (isJsonObject(next)) place = next as Source;
    else return undefined;
  }
  return place;
}

/** ISO 8601 with milliseconds, and nanoseconds when there are any. */
function isoTime(timeNs: bigint): string {
  const ms = timeNs / 1_000_000n;
  const below = timeNs % 1_000_000n;
  const iso = new Date(Number(ms)).toISOString();
  return below === 0n ? iso : iso.replace('Z', `${String(below).padStart(6, '0')}Z`);
}

/** The fields of a document under dotted names, each with its values. */
export function flatFields(source: Source, prefix = ''): Map<string, readonly unknown[]> {
  const flat = new Map<string, readonly unknown[]>();
  for (const [key, value] of Object.entries(source)) {
    const name = prefix + key;
    if (isJsonObject(value))
      for (const [inner, values] of flatFields({ ...value }, `${name}.`)) flat.set(inner, values);
    else flat.set(name, Array.isArray(value) ? value : [value]);
  }
  return flat;
}
