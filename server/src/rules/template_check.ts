/**
 * The syntax of alert templates: Go's text/template (pkg.go.dev/text/template) with Prometheus' functions and variables.
 * Only what parsing finds is found here, as upstream's rule loader does (template.Expander.ParseTest).
 */
const BUILTIN =
  'and break call continue eq ge gt html index js le len lt ne not or print printf println slice urlquery';
const PROMETHEUS =
  'query first label value strvalue args reReplaceAll safeHtml match title toUpper toLower graphLink tableLink ' +
  'sortByLabel stripPort stripDomain humanize humanize1024 humanizeDuration humanizePercentage humanizeTimestamp ' +
  'toTime toDuration now pathPrefix externalURL parseDuration urlQueryEscape tmpl';
const FUNCTIONS: ReadonlySet<string> = new Set(`${BUILTIN} ${PROMETHEUS}`.split(' '));
const VARIABLES: readonly string[] = ['$', '$labels', '$externalLabels', '$externalURL', '$value'];

/** Nested deeper than this no template is read. */
const MAX_DEPTH = 100;

type TokenKind =
  | 'space'
  | 'word'
  | 'field'
  | 'variable'
  | 'number'
  | 'string'
  | 'char'
  | 'pipe'
  | 'open'
  | 'close'
  | 'comma'
  | 'assign'
  | 'declare'
  | 'dot';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['space', /[ \t\r\n]+/y],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ['char', /'(?:[^'\\\n]|\\[^\n])+'/y],
  ['declare', /:=/y],
  ['assign', /=/y],
  ['pipe', /\|/y],
  ['open', /\(/y],
  ['close', /\)/y],
  ['comma', /,/y],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  [
    'number',
    /[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)i?/y,
  ],
  ['field', /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['dot', /\./y],
  ['word', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
];

/** Splits the inside of an action. */
function tokensOf(action: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < action.length; ) {
    let found: Token | undefined;
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = at;
      const text = pattern.exec(action)?.[0];
      if (text === undefined || text === '') continue;
      found = { kind, text };
      break;
    }
    if (found === undefined) {
      const char = String.fromCodePoint(action.codePointAt(at) ?? 0);
      if (char === '"') throw new TemplateError('unterminated quoted string');
      if (char === '`') throw new TemplateError('unterminated raw quoted string');
      if (char === "'") throw new TemplateError('unterminated character constant');
      throw new TemplateError(`unexpected ${JSON.stringify(char)} in command`);
    }
    const before = tokens.at(-1)?.kind;
    const glued = found.kind === 'word' && (before === 'number' || before === 'string' || before === 'char');
    if (glued) throw new TemplateError(`bad number syntax: ${JSON.stringify(tokens.at(-1)?.text + found.text)}`);
    tokens.push(found);
    at += found.text.length;
  }
  return tokens;
}

/** Reads one pipeline; variables that it declares are added to the scope. */
class Pipeline {
  readonly #tokens: readonly Token[];
  readonly #scope: string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], scope: string[]) {
    this.#tokens = tokens;
    this.#scope = scope;
  }

  /** @param context what the pipeline belongs to, for messages; `range` may declare two variables */
  read(context: string): void {
    this.#skip();
    const declared = this.#declarations(context);
    this.#commands(context);
    this.#skip();
    const left = this.#tokens[this.#at];
    if (left !== undefined) throw new TemplateError(`unexpected ${JSON.stringify(left.text)} in ${context}`);
    this.#scope.push(...declared);
  }

  #skip(): void {
    while (this.#tokens[this.#at]?.kind === 'space') this.#at++;
  }

  #declarations(context: string): string[] {
    const start = this.#at;
    const names: string[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== 'variable') break;
      this.#at++;
      this.#skip();
      names.push(token.text);
      const next = this.#tokens[this.#at]?.kind;
      if (next === 'declare' || next === 'assign') {
        this.#at++;
        if (next === 'declare') return names;
        for (const name of names) this.#known(name);
        return [];
      }
      if (next !== 'comma') break;
      if (context !== 'range') throw new TemplateError(`unexpected "," in ${context}`);
      if (names.length > 1) throw new TemplateError('too many declarations in range');
      this.#at++;
      this.#skip();
    }
    this.#at = start;
    return [];
  }

  #known(name: string): void {
    if (!this.#scope.includes(name)) throw new TemplateError(`undefined variable ${JSON.stringify(name)}`);
  }

  #commands(context: string): void {
    if (++this.#depth > MAX_DEPTH) throw new TemplateError('max expression depth exceeded');
    for (let first = true; ; first = false) {
      const start = this.#at;
      const count = this.#operands(first);
      if (count === 0) {
        const left = this.#tokens[this.#at];
        if (!first && left !== undefined)
          throw new TemplateError(`unexpected ${JSON.stringify(left.text)} in ${context}`);
        throw new TemplateError(first ? `missing value for ${context}` : 'missing value for command');
      }
      const head = this.#tokens.slice(start).find(({ kind }) => kind !== 'space');
      if (!first && head !== undefined && ['number', 'string', 'char', 'dot'].includes(head.kind)) {
        // A later command of a pipeline gets a value, so it must be something that can be called.
        throw new TemplateError(`non executable command in pipeline stage ${count}`);
      }
      this.#skip();
      if (this.#tokens[this.#at]?.kind !== 'pipe') break;
      this.#at++;
    }
    this.#depth--;
  }

  /** Operands of one command; they stand apart from one another. */
  #operands(first: boolean): number {
    let count = 0;
    for (;;) {
      this.#skip();
      if (!this.#operand()) return count;
      count++;
      const next = this.#tokens[this.#at];
      if (next === undefined || next.kind === 'pipe' || next.kind === 'close') return count;
      if (next.kind !== 'space') {
        const context = first ? 'operand' : 'command';
        throw new TemplateError(`unexpected ${JSON.stringify(next.text)} in ${context}`);
      }
    }
  }

  #operand(): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined) return false;
    switch (token.kind) {
      case 'word':
        if (!['nil', 'true', 'false'].includes(token.text) && !FUNCTIONS.has(token.text))
          throw new TemplateError(`function ${JSON.stringify(token.text)} not defined`);
        this.#at++;
        break;
      case 'variable':
        this.#known(token.text);
        this.#at++;
        break;
      case 'open':
        this.#at++;
        this.#commands('parenthesized pipeline');
        this.#skip();
        if (this.#tokens[this.#at]?.kind !== 'close') throw new TemplateError('unclosed left paren');
        this.#at++;
        break;
      case 'dot':
      case 'field':
      case 'string':
      case 'char':
        this.#at++;
        break;
      case 'number':
        this.#at++;
        break;
      default:
        return false;
    }
    this.#fields(token);
    return true;
  }

  /** `.a.b` behind an operand. */
  #fields(of: Token): void {
    while (this.#tokens[this.#at]?.kind === 'field') {
      const literal = ['number', 'string', 'char'].includes(of.kind) || ['nil', 'true', 'false'].includes(of.text);
      const field = this.#tokens[this.#at]?.text ?? '';
      if (literal || of.kind === 'dot') throw new TemplateError(`unexpected ${JSON.stringify(field)} after ${of.text}`);
      this.#at++;
    }
  }
}

interface Block {
  readonly kind: 'if' | 'with' | 'range' | 'define' | 'block';
  /** Variables known when it began. */
  readonly variables: number;
  elseSeen: boolean;
  /** Blocks that end with it: `{{else if}}` opens one. */
  readonly nested: number;
}

const CONTROL = /^(if|with|range|else|end|define|template|block|break|continue)(?![\p{L}\p{Nd}_])/u;
const NAME = /^\s*("(?:[^"\\\n]|\\[^\n])*"|`[^`]*`)/;

/** Follows the actions of a template. */
class Checker {
  scope: string[] = [...VARIABLES];
  readonly #blocks: Block[] = [];
  #outer: string[][] = [];

  action(text: string): void {
    const trimmed = text.trim();
    const word = CONTROL.exec(trimmed)?.[1];
    const rest = word === undefined ? trimmed : trimmed.slice(word.length);
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        this.#open(word, rest);
        return;
      case 'else':
        this.#else(rest);
        return;
      case 'end':
        this.#end(rest);
        return;
      case 'define':
      case 'block':
      case 'template':
        this.#named(word, rest);
        return;
      case 'break':
      case 'continue':
        if (rest.trim() !== '') throw new TemplateError(`unexpected ${JSON.stringify(rest.trim())} in {{${word}}}`);
        if (!this.#blocks.some(({ kind }) => kind === 'range'))
          throw new TemplateError(`{{${word}}} outside {{range}}`);
        return;
      default:
        new Pipeline(tokensOf(trimmed), this.scope).read('command');
    }
  }

  finish(): void {
    if (this.#blocks.length > 0) throw new TemplateError('unexpected EOF');
  }

  #open(kind: 'if' | 'with' | 'range', rest: string, nested = 1): void {
    if (this.#blocks.length >= MAX_DEPTH) throw new TemplateError('max depth exceeded');
    const variables = this.scope.length;
    new Pipeline(tokensOf(rest), this.scope).read(kind);
    this.#blocks.push({ kind, variables, elseSeen: false, nested });
  }

  #else(rest: string): void {
    const block = this.#blocks.at(-1);
    if (block === undefined || block.kind === 'define' || block.kind === 'block')
      throw new TemplateError('unexpected {{else}}');
    if (block.elseSeen) throw new TemplateError('expected end; found {{else}}');
    this.scope.length = block.variables;
    const chained = /^\s+(if|with)(?![\p{L}\p{Nd}_])([\s\S]*)$/u.exec(rest);
    if (chained !== null) {
      if (chained[1] !== block.kind) throw new TemplateError(`unexpected <${chained[1]}> in else`);
      this.#blocks.pop();
      this.#open(block.kind as 'if' | 'with', chained[2] ?? '', block.nested);
      return;
    }
    if (rest.trim() !== '') throw new TemplateError(`unexpected ${JSON.stringify(rest.trim())} in else`);
    block.elseSeen = true;
  }

  #end(rest: string): void {
    if (rest.trim() !== '') throw new TemplateError(`unexpected ${JSON.stringify(rest.trim())} in end`);
    const block = this.#blocks.pop();
    if (block === undefined) throw new TemplateError('unexpected {{end}}');
    if (block.kind === 'define' || block.kind === 'block') this.scope = this.#outer.pop() ?? [...VARIABLES];
    else this.scope.length = block.variables;
  }

  #named(kind: 'define' | 'block' | 'template', rest: string): void {
    const name = NAME.exec(rest)?.[0];
    if (name === undefined) throw new TemplateError(`unexpected ${JSON.stringify(rest.trim())} in ${kind} clause`);
    const pipeline = rest.slice(name.length);
    if (kind === 'define') {
      if (this.#blocks.length > 0) throw new TemplateError('unexpected {{define}}');
      if (pipeline.trim() !== '')
        throw new TemplateError(`unexpected ${JSON.stringify(pipeline.trim())} in define clause`);
    } else if (kind === 'block' || pipeline.trim() !== '')
      new Pipeline(tokensOf(pipeline), this.scope).read(`${kind} clause`);
    if (kind === 'template') return;
    this.#outer.push(this.scope);
    this.scope = ['$'];
    this.#blocks.push({ kind, variables: 1, elseSeen: false, nested: 1 });
  }
}

/** Says what is wrong with the syntax of a template; undefined when nothing is. */
export function templateProblem(source: string): string | undefined {
  const checker = new Checker();
  let line = 1;
  try {
    for (let at = 0; ; ) {
      const open = source.indexOf('{{', at);
      if (open < 0) break;
      line += count(source, at, open);
      const { inside, after } = actionAt(source, open);
      if (inside !== undefined) checker.action(inside);
      line += count(source, open, after);
      at = after;
    }
    checker.finish();
    return undefined;
  } catch (error) {
    if (error instanceof TemplateError) return `template: line ${line}: ${error.message}`;
    throw error;
  }
}

function count(source: string, from: number, to: number): number {
  let lines = 0;
  for (let at = source.indexOf('\n', from); at >= 0 && at < to; at = source.indexOf('\n', at + 1)) lines++;
  return lines;
}

/** The text between `{{` and `}}` with the trim marks taken off; no text for a comment. */
function actionAt(source: string, open: number): { inside: string | undefined; after: number } {
  let from = open + 2;
  if (source[from] === '-' && /\s/.test(source[from + 1] ?? '')) from += 2;
  const comment = source.startsWith('/*', from);
  if (comment) {
    const end = source.indexOf('*/', from);
    if (end < 0) throw new TemplateError('unclosed comment');
    const close = /^(?:\s-)?\}\}/.exec(source.slice(end + 2, end + 6));
    if (close === null) throw new TemplateError('comment ends before closing delimiter');
    return { inside: undefined, after: end + 2 + close[0].length };
  }
  for (let at = from; at < source.length; ) {
    const char = source[at];
    if (char === '"' || char === "'" || char === '`') {
      at = quotedEnd(source, at, char);
      continue;
    }
    if (source.startsWith('}}', at)) {
      const inside = source.slice(from, at);
      return { inside: inside.replace(/\s-$/, ''), after: at + 2 };
    }
    at++;
  }
  throw new TemplateError('unclosed action');
}

function quotedEnd(source: string, from: number, quote: string): number {
  for (let at = from + 1; at < source.length; at++) {
    const char = source[at];
    if (char === '\n' && quote !== '`') break;
    if (char === '\\' && quote !== '`') at++;
    else if (char === quote) return at + 1;
  }
  throw new TemplateError(quote === "'" ? 'unterminated character constant' : 'unterminated quoted string');
}
