import { classOfName } from '../logql/vocabulary.ts';
import { type Condition, LuceneError, literalWildcard, patternOfWord } from './condition.ts';

/** Where a field of a document lives in a record. */
export type FieldPlace =
  | { readonly kind: 'time' }
  | { readonly kind: 'line' }
  | { readonly kind: 'index' }
  | { readonly kind: 'id' }
  | { readonly kind: 'level' }
  | { readonly kind: 'service' }
  | { readonly kind: 'column'; readonly column: 'TraceId' | 'SpanId' | 'RequestId' | 'UserId' }
  | { readonly kind: 'attribute'; readonly names: readonly string[]; readonly labels: readonly string[] };

/** Words looked for in the line by one condition. */
const MAX_WORDS = 1024;
const TIME = new Set(['@timestamp', 'timestamp']);
const LINE = new Set(['message', 'log', 'msg']);
const LEVEL = new Set(['log.level', 'level', 'severity', 'severity_text', 'detected_level']);
const SERVICE = new Set(['service.name', 'service_name', 'service', 'app']);

/** ECS names, and under which names records of other doors say the same: OpenTelemetry attributes, stream labels. */
const ALIASES: ReadonlyMap<string, { readonly names: readonly string[]; readonly labels: readonly string[] }> = new Map(
  Object.entries({
    'kubernetes.namespace': { names: ['k8s.namespace.name'], labels: ['namespace'] },
    'kubernetes.namespace_name': { names: ['k8s.namespace.name'], labels: ['namespace'] },
    'kubernetes.pod.name': { names: ['k8s.pod.name'], labels: ['pod'] },
    'kubernetes.pod_name': { names: ['k8s.pod.name'], labels: ['pod'] },
    'kubernetes.container.name': { names: ['k8s.container.name'], labels: ['container'] },
    'kubernetes.container_name': { names: ['k8s.container.name'], labels: ['container'] },
    'host.name': { names: [], labels: ['host'] },
    'service.environment': {
      names: ['deployment.environment.name', 'deployment.environment'],
      labels: ['environment'],
    },
  }),
);

/** The place of a field by its name, `.keyword` left out. */
export function placeOfField(field: string): FieldPlace {
  const name = field.replace(/\.keyword$/, '');
  if (TIME.has(name)) return { kind: 'time' };
  if (LINE.has(name)) return { kind: 'line' };
  if (name === '_index') return { kind: 'index' };
  if (name === '_id') return { kind: 'id' };
  if (LEVEL.has(name)) return { kind: 'level' };
  if (SERVICE.has(name)) return { kind: 'service' };
  const known = classOfName(name.replaceAll('.', '_').replace(/^http_/, ''));
  if (known.kind === 'id') {
    const { column } = known;
    if (column === 'TraceId' || column === 'SpanId' || column === 'RequestId' || column === 'UserId')
      return { kind: 'column', column };
  }
  const label = name.replace(/^labels\./, '').replaceAll(/[^A-Za-z0-9_]/g, '_');
  const alias = ALIASES.get(name);
  return { kind: 'attribute', names: [name, ...(alias?.names ?? [])], labels: [label, ...(alias?.labels ?? [])] };
}

const KEYWORD =
  /(^|[._])(id|name|ip|version|type|code|status|keyword|method|host|level|env|environment)$|^kubernetes\.|^labels\./;

/**
 * Whether text given for a field means words in it, as for Elasticsearch's `text`, or its whole value, as for `keyword`.
 * Without mappings the name decides: ECS' keywords are whole values, and so is what is written as a number.
 */
function isText(field: string, value: string): boolean {
  if (placeOfField(field).kind === 'line') return !field.endsWith('.keyword');
  return !KEYWORD.test(field) && !/^(-?\d+(\.\d+)?|true|false)$/.test(value);
}

/** `match`, and a term of a query string: one of the words, or all of them; fields that are no text by their whole value. */
export function matchField(field: string, value: string, all: boolean): Condition {
  const words = value.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (words.length > MAX_WORDS) throw new LuceneError(`more than ${MAX_WORDS} terms of [${field}]`);
  if (!isText(field, value) || words.length === 0) return equalsField(field, [value]);
  const parts = words.map((word): Condition => ({ kind: 'field', field, test: { kind: 'word', word } }));
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: all ? 'and' : 'or', parts };
}

/** `match_phrase`, and a quoted text of a query string. */
export function phraseField(field: string, value: string): Condition {
  if (!isText(field, value) || !/[\p{L}\p{N}]/u.test(value)) return equalsField(field, [value]);
  return { kind: 'field', field, test: { kind: 'word', word: value } };
}

/** `match_phrase_prefix`: words that stand together, of which the last may go on; in fields that are no text the value may. */
export function phrasePrefixField(field: string, value: string): Condition {
  const words = value.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length > MAX_WORDS) throw new LuceneError(`more than ${MAX_WORDS} terms of [${field}]`);
  if (!isText(field, value) || words.length === 0) {
    const wildcard = `${literalWildcard(value)}*`;
    return { kind: 'field', field, test: { kind: 'wildcard', wildcard, ignoreCase: false } };
  }
  const word = `${words.join('[^\\pL\\pN]+')}[\\pL\\pN]*`;
  const pattern = placeOfField(field).kind === 'line' ? word : patternOfWord(word);
  const whole = words
    .slice(0, -1)
    .map((one): Condition => ({ kind: 'field', field, test: { kind: 'word', word: one } }));
  return { kind: 'and', parts: [...whole, { kind: 'field', field, test: { kind: 'pattern', pattern } }] };
}

/** `term` and `terms`: the whole value; in the line, which is text, a word of it. */
export function equalsField(field: string, values: readonly string[]): Condition {
  if (placeOfField(field).kind !== 'line' || field.endsWith('.keyword'))
    return { kind: 'field', field, test: { kind: 'equals', values } };
  if (values.length > MAX_WORDS) throw new LuceneError(`more than ${MAX_WORDS} terms of [${field}]`);
  return { kind: 'or', parts: values.map((word) => ({ kind: 'field', field, test: { kind: 'word', word } })) };
}
