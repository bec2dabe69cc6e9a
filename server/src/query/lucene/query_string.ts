import { type Condition, LuceneError } from './condition.ts';
import { matchField, phraseField } from './fields.ts';

export interface QueryStringOptions {
  /** The field of a term that names none; default the line. */
  readonly defaultField: string;
  /** What stands between terms without an operator. */
  readonly defaultOperator: 'and' | 'or';
  /** Reads a date or date math, ns since the epoch; `up`: the last moment of what it names. Throws LuceneError. */
  readonly time: (text: string, up: boolean) => bigint;
}

interface Token {
  readonly kind: 'term' | 'phrase' | 'regex' | 'range' | 'symbol' | 'operator';
  /** Escapes are left in terms: a wildcard has to tell `\*` from `*`. */
  readonly text: string;
  readonly at: number;
}

interface Clause {
  readonly condition: Condition;
  readonly mark: '+' | '-' | '';
}

const MAX_CHARACTERS = 32_768;
const MAX_DEPTH = 64;
/** Lucene's own bound. */
const MAX_CLAUSES = 1024;

/**
 * Lucene's query string syntax as Elasticsearch's `query_string` takes it
 * (elastic.co/guide/en/elasticsearch/reference/8.19/query-dsl-query-string-query.html). AND binds closer than OR. Boosts are
 * read and change nothing, as nothing is ranked; fuzzy terms are refused. Throws LuceneError.
 */
export function parseQueryString(text: string, options: QueryStringOptions): Condition {
  if (text.length > MAX_CHARACTERS) throw new LuceneError(`a query string of more than ${MAX_CHARACTERS} characters`);
  const parser = new Parser(tokens(text), options, text);
  return parser.whole();
}

/** The tokens of a query string. Throws LuceneError. */
function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const rest = (): string => text.slice(at);
  const take = (kind: Token['kind'], length: number, value: string): void => {
    found.push({ kind, text: value, at });
    at += length;
  };
  while (at < text.length) {
    const character = text[at] ?? '';
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    const word = /^(AND|OR|NOT|&&|\|\|)(?=[\s()]|$)/.exec(text.slice(at, at + 4));
    if (word !== null) take('operator', word[0].length, word[0].replace('&&', 'AND').replace('||', 'OR'));
    else if (character === '"') {
      const end = closing(text, at + 1, '"');
      take('phrase', end + 1 - at, text.slice(at + 1, end).replace(/\\(.)/gs, '$1'));
    } else if (character === '/') {
      const end = closing(text, at + 1, '/');
      take('regex', end + 1 - at, text.slice(at + 1, end).replaceAll('\\/', '/'));
    } else if (character === '[' || character === '{') {
      const range = /^[[{]\s*("[^"]*"|\S+)\s+TO\s+("[^"]*"|[^\s\]}]+)\s*[\]}]/.exec(rest());
      if (range === null) throw new LuceneError(`Cannot parse '${text}': malformed range at position ${at + 1}`);
      take('range', range[0].length, range[0]);
    } else if (character === '!' && /[^\s]/.test(text[at + 1] ?? '')) take('operator', 1, 'NOT');
    else if ('()+-:'.includes(character)) take('symbol', 1, character);
    else if (character === '^' || character === '~') {
      const suffix = /^[\^~]\d*(\.\d+)?/.exec(rest())?.[0] ?? character;
      if (character === '~' && found.at(-1)?.kind !== 'phrase')
        throw new LuceneError(`Cannot parse '${text}': fuzzy terms are not supported`);
      at += suffix.length;
    } else {
      const term = /^(?:\\.|[^\s()":^~[\]{}\\/])+/s.exec(rest())?.[0];
      if (term === undefined) throw new LuceneError(`Cannot parse '${text}': unexpected '${character}' at ${at + 1}`);
      take('term', term.length, term);
    }
  }
  return found;
}

/** The position of the end of what was opened before `from`. */
function closing(text: string, from: number, end: string): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === end) return i;
  }
  throw new LuceneError(`Cannot parse '${text}': no closing ${end}`);
}

class Parser {
  private at = 0;
  private depth = 0;
  private clauses = 0;
  private readonly tokens: readonly Token[];
  private readonly options: QueryStringOptions;
  private readonly text: string;

  constructor(list: readonly Token[], options: QueryStringOptions, text: string) {
    this.tokens = list;
    this.options = options;
    this.text = text;
  }

  whole(): Condition {
    if (this.tokens.length === 0) return { kind: 'none' };
    const condition = this.alternatives(this.options.defaultField);
    if (this.peek() !== undefined) throw this.unexpected();
    return condition;
  }

  private peek(): Token | undefined {
    return this.tokens[this.at];
  }

  private isSymbol(text: string, ahead = 0): boolean {
    const token = this.tokens[this.at + ahead];
    return token?.kind === 'symbol' && token.text === text;
  }

  private takeOperator(text: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'operator' || token.text !== text) return false;
    this.at++;
    return true;
  }

  private unexpected(): LuceneError {
    const token = this.peek();
    const what = token === undefined ? 'the end' : `'${token.text}' at position ${token.at + 1}`;
    return new LuceneError(`Cannot parse '${this.text}': unexpected ${what}`);
  }

  /** Clauses with OR, or with nothing where that means OR, between them. */
  private alternatives(field: string): Condition {
    this.deeper();
    const clauses: Clause[] = [this.conjunction(field)];
    while (this.takeOperator('OR') || (this.options.defaultOperator === 'or' && this.beginsClause()))
      clauses.push(this.conjunction(field));
    this.depth--;
    return combine(clauses);
  }

  private deeper(): void {
    if (++this.depth > MAX_DEPTH) throw new LuceneError(`Cannot parse a query nested deeper than ${MAX_DEPTH}`);
  }

  private conjunction(field: string): Clause {
    const first = this.clause(field);
    const parts: Condition[] = [];
    while (this.takeOperator('AND') || (this.options.defaultOperator === 'and' && this.beginsClause()))
      parts.push(required(this.clause(field)));
    if (parts.length === 0) return first;
    return { condition: { kind: 'and', parts: [required(first), ...parts] }, mark: '' };
  }

  private beginsClause(): boolean {
    const token = this.peek();
    if (token === undefined) return false;
    return token.kind === 'operator' ? token.text === 'NOT' : !(token.kind === 'symbol' && ')'.includes(token.text));
  }

  private clause(field: string): Clause {
    if (this.takeOperator('NOT') || this.takeSymbol('-')) return { condition: this.operand(field), mark: '-' };
    if (this.takeSymbol('+')) return { condition: this.operand(field), mark: '+' };
    return { condition: this.operand(field), mark: '' };
  }

  private takeSymbol(text: string): boolean {
    if (!this.isSymbol(text)) return false;
    this.at++;
    return true;
  }

  private operand(field: string): Condition {
    if (this.takeSymbol('(')) {
      const inner = this.alternatives(field);
      if (!this.takeSymbol(')')) throw this.unexpected();
      return inner;
    }
    const token = this.peek();
    if (token === undefined || token.kind === 'symbol' || token.kind === 'operator') throw this.unexpected();
    if (token.kind === 'term' && this.isSymbol(':', 1)) {
      this.at += 2;
      this.deeper();
      const named = this.operand(this.fieldNamed(token.text));
      this.depth--;
      return named;
    }
    this.at++;
    if (++this.clauses > MAX_CLAUSES) throw new LuceneError(`more than ${MAX_CLAUSES} clauses in one query`);
    return this.leaf(field, token);
  }

  /** `*` is every field, which is the line. Other names with wildcards would have to be looked up, and are refused. */
  private fieldNamed(name: string): string {
    if (name === '*') return this.options.defaultField;
    if (/(^|[^\\])[*?]/.test(name)) throw new LuceneError(`names of fields with wildcards are not supported: ${name}`);
    return unescaped(name);
  }

  private leaf(field: string, { kind, text }: Token): Condition {
    if (field === '_exists_') return { kind: 'field', field: unescaped(text), test: { kind: 'present' } };
    if (kind === 'phrase') return phraseField(field, text);
    if (kind === 'regex') return { kind: 'field', field, test: { kind: 'pattern', pattern: text } };
    if (kind === 'range') return this.range(field, text);
    const comparison = /^(>=|<=|>|<)(.+)$/s.exec(text);
    if (comparison !== null) {
      const [, operator = '>', value = ''] = comparison;
      return rangeCondition(field, { [BOUND_NAMES[operator] ?? 'gt']: unescaped(value) }, this.options.time);
    }
    if (text === '*') return field === this.options.defaultField ? { kind: 'all' } : present(field);
    if (/(^|[^\\])[*?]/.test(text))
      return { kind: 'field', field, test: { kind: 'wildcard', wildcard: text, ignoreCase: true } };
    return matchField(field, unescaped(text), this.options.defaultOperator === 'and');
  }

  private range(field: string, text: string): Condition {
    const [, from = '*', to = '*'] = /^.\s*("[^"]*"|\S+)\s+TO\s+("[^"]*"|[^\s\]}]+)\s*.$/.exec(text) ?? [];
    const bounds: RangeBounds = {
      ...(from === '*' ? {} : { [text.startsWith('[') ? 'gte' : 'gt']: bare(from) }),
      ...(to === '*' ? {} : { [text.endsWith(']') ? 'lte' : 'lt']: bare(to) }),
    };
    return rangeCondition(field, bounds, this.options.time);
  }
}

const BOUND_NAMES: Readonly<Record<string, keyof RangeBounds>> = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' };

/** The bounds of a range as they are written. */
export interface RangeBounds {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
}

/** A range: of times, of numbers where the bounds are numbers, else of texts. Throws LuceneError. */
export function rangeCondition(field: string, bounds: RangeBounds, time: QueryStringOptions['time']): Condition {
  if (field === '@timestamp' || field === 'timestamp') {
    const { gt, gte, lt, lte } = bounds;
    return {
      kind: 'time',
      startNs: gte !== undefined ? time(gte, false) : gt === undefined ? undefined : time(gt, true) + 1n,
      endNs: lt !== undefined ? time(lt, false) : lte === undefined ? undefined : time(lte, true) + 1n,
    };
  }
  const parts: Condition[] = [];
  for (const [name, operator] of [
    ['gt', '>'],
    ['gte', '>='],
    ['lt', '<'],
    ['lte', '<='],
  ] as const) {
    const text = bounds[name];
    if (text === undefined) continue;
    const number = Number(text);
    const value = text.trim() === '' || !Number.isFinite(number) ? text : number;
    parts.push({ kind: 'field', field, test: { kind: 'compare', operator, value } });
  }
  return { kind: 'and', parts: [present(field), ...parts] };
}

function present(field: string): Condition {
  return { kind: 'field', field, test: { kind: 'present' } };
}

/** Beside a clause that must hold, those without a mark would only rank. */
function combine(clauses: readonly Clause[]): Condition {
  const [only] = clauses;
  if (clauses.length === 1 && only !== undefined) return required(only);
  const must = clauses.filter(({ mark }) => mark !== '').map(required);
  const should = clauses.filter(({ mark }) => mark === '').map(({ condition }) => condition);
  const isRequired = clauses.some(({ mark }) => mark === '+');
  if (must.length === 0) return { kind: 'or', parts: should };
  return { kind: 'and', parts: isRequired || should.length === 0 ? must : [...must, { kind: 'or', parts: should }] };
}

function required({ condition, mark }: Clause): Condition {
  return mark === '-' ? { kind: 'not', part: condition } : condition;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}

function bare(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1) : unescaped(text);
}
