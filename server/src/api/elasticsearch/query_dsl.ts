import {
  type Condition,
  equalsField,
  literalWildcard,
  matchField,
  parseQueryString,
  phraseField,
  phrasePrefixField,
  type RangeBounds,
  rangeCondition,
} from '../../query/index.ts';
import { type DateContext, parseDate } from './date_math.ts';
import { ElasticError, parsingError } from './errors.ts';
import { type JsonObject, list, object, onlyEntry, scalar } from './json_fields.ts';

const MAX_DEPTH = 64;
const MAX_CLAUSES = 1024;
const MAX_TERMS = 65_536;
const DEFAULT_FIELD = 'message';

interface Reading extends DateContext {
  readonly depth: number;
  /** Clauses that may still come, in the whole query. */
  readonly budget: { left: number };
}

type Reader = (value: unknown, reading: Reading) => Condition;

/**
 * A query of Elasticsearch's DSL (elastic.co/guide/en/elasticsearch/reference/8.19/query-dsl.html); undefined is everything.
 * Throws ElasticError and LuceneError.
 */
export function readQuery(value: unknown, context: DateContext): Condition {
  return value === undefined || value === null
    ? { kind: 'all' }
    : read(value, { ...context, depth: 0, budget: { left: MAX_CLAUSES } });
}

/** The query string of a URL's `q`, with the parameters beside it. Throws LuceneError. */
export function readUrlQuery(query: URLSearchParams, context: DateContext): Condition {
  const text = query.get('q');
  if (text === null) return { kind: 'all' };
  const operator = query.get('default_operator')?.toLowerCase() === 'and' ? 'and' : 'or';
  return queryString(text, query.get('df') ?? DEFAULT_FIELD, operator, context);
}

function read(value: unknown, reading: Reading): Condition {
  if (reading.depth > MAX_DEPTH)
    throw parsingError(`The nested depth of the query exceeds the maximum of ${MAX_DEPTH}`);
  if (--reading.budget.left < 0)
    throw new ElasticError(400, 'too_many_nested_clauses', `more than ${MAX_CLAUSES} clauses in one query`);
  const [name, body] = onlyEntry(value, 'query');
  const reader = READERS.get(name);
  if (reader === undefined) throw parsingError(`unknown query [${name.slice(0, 64)}]`);
  return reader(body, { ...reading, depth: reading.depth + 1 });
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['match_all', () => ({ kind: 'all' })],
  ['match_none', () => ({ kind: 'none' })],
  ['bool', readBool],
  ['constant_score', (value, reading) => read(object(value, 'constant_score').filter, reading)],
  ['dis_max', (value, reading) => ({ kind: 'or', parts: clauses(object(value, 'dis_max').queries, reading) })],
  ['match', readMatch],
  ['match_phrase', readPhrase],
  ['match_phrase_prefix', readPhrasePrefix],
  ['multi_match', readMultiMatch],
  ['term', readTerm],
  ['terms', readTerms],
  ['prefix', (value) => wildcardField(value, 'prefix', (text) => `${literalWildcard(text)}*`)],
  ['wildcard', (value) => wildcardField(value, 'wildcard', (text) => text)],
  ['regexp', readRegexp],
  ['range', readRange],
  ['exists', (value) => ({ kind: 'field', field: fieldOf(object(value, 'exists')), test: { kind: 'present' } })],
  ['ids', (value) => ({ kind: 'ids', ids: terms(object(value, 'ids').values, 'ids') })],
  ['query_string', readQueryString],
  ['simple_query_string', readSimpleQueryString],
]);

function clauses(value: unknown, reading: Reading): Condition[] {
  return list(value).map((item) => read(item, reading));
}

function readBool(value: unknown, reading: Reading): Condition {
  const bool = object(value, 'bool');
  const must = [...clauses(bool.must, reading), ...clauses(bool.filter, reading)];
  const should = clauses(bool.should, reading);
  const mustNot = clauses(bool.must_not, reading);
  const parts: Condition[] = [...must, ...mustNot.map((part): Condition => ({ kind: 'not', part }))];
  const least = minimumShould(bool.minimum_should_match, should.length, must.length === 0 ? 1 : 0);
  if (should.length > 0 && least > 0) parts.push(atLeast(least, should));
  return { kind: 'and', parts };
}

/** `minimum_should_match` as a number of clauses: a count, a count from the end, or a percentage. */
function minimumShould(value: unknown, clauseCount: number, fallback: number): number {
  if (value === undefined || value === null) return Math.min(fallback, clauseCount);
  const text = scalar(value, 'minimum_should_match');
  const parts = /^(-?\d{1,6})(%?)$/.exec(text);
  if (parts === null) throw parsingError(`[minimum_should_match] of [${text.slice(0, 32)}] is not supported`);
  const number = Number(parts[1]);
  const count = parts[2] === '%' ? Math.trunc((number * clauseCount) / 100) : number;
  return Math.min(clauseCount, Math.max(0, count < 0 ? clauseCount + count : count));
}

function atLeast(count: number, parts: readonly Condition[]): Condition {
  if (count === 1) return { kind: 'or', parts };
  if (count === parts.length) return { kind: 'and', parts };
  if (parts.length > 8) throw parsingError('[minimum_should_match] over more than 8 clauses must be 1 or all of them');
  const chosen: Condition[] = [];
  for (let bits = 0; bits < 1 << parts.length; bits++) {
    const some = parts.filter((_, i) => (bits >> i) & 1);
    if (some.length === count) chosen.push({ kind: 'and', parts: some });
  }
  return { kind: 'or', parts: chosen };
}

/** `{"field": "value"}` or `{"field": {"<key>": "value", …}}`. */
function fieldBody(value: unknown, what: string, key: string): { field: string; text: string; options: JsonObject } {
  const [field, body] = onlyEntry(value, what);
  if (typeof body !== 'object' || body === null) return { field, text: scalar(body, what), options: {} };
  const options = object(body, what);
  return { field, text: scalar(options[key], `${what}.${key}`), options };
}

function isAnd(options: JsonObject, key: string): boolean {
  return String(options[key] ?? 'or').toLowerCase() === 'and';
}

function readMatch(value: unknown): Condition {
  const { field, text, options } = fieldBody(value, 'match', 'query');
  return matchField(field, text, isAnd(options, 'operator'));
}

function readPhrase(value: unknown): Condition {
  const { field, text } = fieldBody(value, 'match_phrase', 'query');
  return phraseField(field, text);
}

function readPhrasePrefix(value: unknown): Condition {
  const { field, text } = fieldBody(value, 'match_phrase_prefix', 'query');
  return phrasePrefixField(field, text);
}

function readMultiMatch(value: unknown): Condition {
  const body = object(value, 'multi_match');
  const text = scalar(body.query, 'multi_match.query');
  const match = (field: string): Condition => {
    switch (body.type ?? 'best_fields') {
      case 'phrase':
        return phraseField(field, text);
      case 'phrase_prefix':
        return phrasePrefixField(field, text);
      case 'best_fields':
      case 'most_fields':
        return matchField(field, text, isAnd(body, 'operator'));
      default:
        throw parsingError(`[multi_match] of type [${String(body.type).slice(0, 64)}] is not supported`);
    }
  };
  return { kind: 'or', parts: fieldNames(body.fields).map(match) };
}

/** Fields of a query over several: boosts are left out, and what means every field is the line. */
function fieldNames(value: unknown): string[] {
  const names = list(value).map((field) => scalar(field, 'fields').replace(/\^[\d.]+$/, ''));
  const known = names.filter((name) => name !== '*');
  return known.length === 0 ? [DEFAULT_FIELD] : known;
}

function readTerm(value: unknown): Condition {
  const { field, text, options } = fieldBody(value, 'term', 'value');
  if (options.case_insensitive === true)
    return { kind: 'field', field, test: { kind: 'wildcard', wildcard: literalWildcard(text), ignoreCase: true } };
  return field === '_id' ? { kind: 'ids', ids: [text] } : equalsField(field, [text]);
}

function readTerms(value: unknown): Condition {
  const body = object(value, 'terms');
  const [entry] = Object.entries(body).filter(([name]) => name !== 'boost');
  if (entry === undefined) throw parsingError('[terms] needs a field');
  const values = terms(entry[1], 'terms');
  return entry[0] === '_id' ? { kind: 'ids', ids: values } : equalsField(entry[0], values);
}

function terms(value: unknown, what: string): string[] {
  if (!Array.isArray(value)) throw parsingError(`[${what}] must be an array`);
  if (value.length > MAX_TERMS)
    throw new ElasticError(400, 'illegal_argument_exception', `more than ${MAX_TERMS} terms`);
  return value.map((item) => scalar(item, what));
}

function wildcardField(value: unknown, what: string, wildcardOf: (text: string) => string): Condition {
  const [, body] = onlyEntry(value, what);
  const key = typeof body === 'object' && body !== null && what in body ? what : 'value';
  const { field, text, options } = fieldBody(value, what, key);
  const ignoreCase = options.case_insensitive === true;
  return { kind: 'field', field, test: { kind: 'wildcard', wildcard: wildcardOf(text), ignoreCase } };
}

function readRegexp(value: unknown): Condition {
  const { field, text, options } = fieldBody(value, 'regexp', 'value');
  const pattern = options.case_insensitive === true ? `(?i:${text})` : text;
  return { kind: 'field', field, test: { kind: 'pattern', pattern } };
}

function fieldOf(body: JsonObject): string {
  return scalar(body.field, 'field');
}

function readRange(value: unknown, reading: Reading): Condition {
  const [field, body] = onlyEntry(value, 'range');
  const bounds = object(body, 'range');
  const timeZone = bounds.time_zone === undefined ? reading.timeZone : scalar(bounds.time_zone, 'time_zone');
  const read: Record<string, string> = {};
  for (const [name, bound] of Object.entries(bounds)) {
    // `from` and `to` with their switches are what old clients and Grafana write.
    const key =
      name === 'from'
        ? bounds.include_lower === false
          ? 'gt'
          : 'gte'
        : name === 'to'
          ? bounds.include_upper === false
            ? 'lt'
            : 'lte'
          : name;
    if (['gt', 'gte', 'lt', 'lte'].includes(key) && bound !== null) read[key] = scalar(bound, `range.${name}`);
    else if (bound !== null && !RANGE_OPTIONS.has(name)) throw parsingError(`[range] query does not support [${name}]`);
  }
  const isSeconds = bounds.format === 'epoch_second';
  return rangeCondition(field, read satisfies RangeBounds, (text, up) =>
    parseDate(isSeconds && /^\d+$/.test(text) ? `${text}000` : text, up, { ...reading, timeZone }),
  );
}

const RANGE_OPTIONS: ReadonlySet<string> = new Set([
  'format',
  'time_zone',
  'boost',
  'relation',
  'include_lower',
  'include_upper',
]);

function queryString(text: string, field: string, operator: 'and' | 'or', context: DateContext): Condition {
  return parseQueryString(text, {
    defaultField: field,
    defaultOperator: operator,
    time: (date, up) => parseDate(date, up, context),
  });
}

function readQueryString(value: unknown, reading: Reading): Condition {
  const body = object(value, 'query_string');
  const text = scalar(body.query, 'query_string.query');
  const zone = body.time_zone === undefined ? reading : { ...reading, timeZone: scalar(body.time_zone, 'time_zone') };
  const operator = isAnd(body, 'default_operator') ? 'and' : 'or';
  const fields = body.default_field === undefined ? fieldNames(body.fields) : fieldNames(body.default_field);
  const parts = fields.map((field) => queryString(text, field, operator, zone));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'or', parts };
}

/** The simple syntax never fails: `+` is AND, `|` is OR, `-` is NOT; what the strict one refuses is taken as plain words. */
function readSimpleQueryString(value: unknown): Condition {
  const body = object(value, 'simple_query_string');
  const text = scalar(body.query, 'simple_query_string.query');
  const all = isAnd(body, 'default_operator');
  const fields = fieldNames(body.fields);
  const parts = fields.map((field): Condition => {
    const words = text.match(/-?"[^"]*"|[^\s|+()]+|\||\+/g) ?? [];
    const groups: Condition[][] = [[]];
    for (const word of words) {
      if (word === '|') groups.push([]);
      else if (word !== '+') groups.at(-1)?.push(simpleTerm(field, word));
      if (!all && word !== '+' && word !== '|' && !text.includes('+')) groups.push([]);
    }
    const filled = groups.filter((group) => group.length > 0);
    return { kind: 'or', parts: filled.map((group): Condition => ({ kind: 'and', parts: group })) };
  });
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'or', parts };
}

function simpleTerm(field: string, word: string): Condition {
  const negative = word.startsWith('-') && word.length > 1;
  const bare = negative ? word.slice(1) : word;
  const inner: Condition = bare.startsWith('"')
    ? phraseField(field, bare.replaceAll('"', ''))
    : bare.endsWith('*') && bare.length > 1
      ? { kind: 'field', field, test: { kind: 'wildcard', wildcard: bare, ignoreCase: true } }
      : matchField(field, bare, true);
  return negative ? { kind: 'not', part: inner } : inner;
}
