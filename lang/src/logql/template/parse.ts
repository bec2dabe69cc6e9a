import { unquote } from '../../go_strings.ts';
import { TEMPLATE_FUNCTIONS } from './functions.ts';
import { type ActionToken, cutTemplate, type Piece, stringValue, TemplateSyntaxError } from './lexer.ts';
import type { Command, Operand, Pipe, TemplateNode, TemplateTree } from './tree.ts';

const FUNCTIONS: ReadonlySet<string> = new Set(TEMPLATE_FUNCTIONS);
const MAX_DEPTH = 100;
/** What Go shows in angle brackets rather than quotes. */
const KEYWORDS = new Set('. block break continue define else end if range nil template with'.split(' '));

interface Parser {
  /** The length of the template. */
  readonly end: number;
  readonly pieces: readonly Piece[];
  next: number;
  readonly defined: Map<string, readonly TemplateNode[]>;
  /** Variables in scope, innermost last. */
  readonly variables: string[];
  rangeDepth: number;
  depth: number;
}

/** The tokens of one action and the next to read. */
interface Tokens {
  readonly list: readonly ActionToken[];
  next: number;
}

/**
 * Reads a template. Functions and variables must exist.
 * @param name what errors call it: `line` or `label`
 * @throws TemplateSyntaxError worded as Go's text/template/parse words it
 */
export function parseTemplate(source: string, name: string): TemplateTree {
  const parser: Parser = {
    end: source.length,
    pieces: cutTemplate(source),
    next: 0,
    defined: new Map(),
    variables: ['$'],
    rangeDepth: 0,
    depth: 0,
  };
  const { nodes, ended } = parseList(parser);
  if (ended !== undefined) throw new TemplateSyntaxError(`unexpected {{${ended.word}}}`, ended.at);
  return { name, source, body: nodes, defined: parser.defined };
}

/** What closed a list: `end` or `else`, with the tokens behind `else`. */
interface Closing {
  readonly word: 'end' | 'else';
  readonly tokens: Tokens;
  readonly at: number;
}

function parseList(parser: Parser): { nodes: TemplateNode[]; ended: Closing | undefined } {
  if (++parser.depth > MAX_DEPTH) throw new TemplateSyntaxError(`nested deeper than ${MAX_DEPTH} levels`, parser.end);
  const nodes: TemplateNode[] = [];
  for (; parser.next < parser.pieces.length; ) {
    const piece = parser.pieces[parser.next++];
    if (piece === undefined) break;
    if (piece.kind === 'text') {
      nodes.push(piece);
      continue;
    }
    const tokens: Tokens = { list: piece.tokens, next: 0 };
    const word = peekWord(tokens);
    if (word === 'end' || word === 'else') {
      const { at } = take(tokens);
      parser.depth--;
      return { nodes, ended: { word, tokens, at } };
    }
    const node = parseAction(parser, tokens, word);
    if (node !== undefined) nodes.push(node);
  }
  parser.depth--;
  return { nodes, ended: undefined };
}

function parseAction(parser: Parser, tokens: Tokens, word: string | undefined): TemplateNode | undefined {
  switch (word) {
    case 'if':
    case 'with':
    case 'range':
      return parseControl(parser, tokens, word, take(tokens).at);
    case 'break':
    case 'continue': {
      const { at } = take(tokens);
      if (parser.rangeDepth === 0) throw new TemplateSyntaxError(`{{${word}}} outside {{range}}`, at);
      expectEnd(tokens, `{{${word}}}`);
      return { kind: word, at };
    }
    case 'define':
      parseDefinition(parser, tokens);
      return undefined;
    case 'block':
      return parseBlock(parser, tokens);
    case 'template': {
      take(tokens);
      skipSpace(tokens);
      const { at } = peek(tokens);
      const name = nameOf(tokens, 'template clause');
      const pipe = peek(tokens).kind === 'end' ? undefined : parsePipe(parser, tokens, 'template clause');
      return { kind: 'template', at, name, pipe };
    }
    default: {
      const pipe = parsePipe(parser, tokens, 'command');
      return { kind: 'action', at: pipe.at, pipe };
    }
  }
}

function parseControl(parser: Parser, tokens: Tokens, kind: 'if' | 'with' | 'range', at: number): TemplateNode {
  const scope = parser.variables.length;
  const pipe = parsePipe(parser, tokens, kind);
  if (kind === 'range') parser.rangeDepth++;
  const { nodes: body, ended } = parseList(parser);
  if (kind === 'range') parser.rangeDepth--;
  const otherwise = parseOtherwise(parser, ended, kind);
  parser.variables.length = scope;
  return { kind, at, pipe, body, otherwise };
}

/** What follows `else`; `else if` and `else with` are a control of their own that shares the `end`. */
function parseOtherwise(parser: Parser, ended: Closing | undefined, kind: string): readonly TemplateNode[] {
  if (ended === undefined) throw new TemplateSyntaxError('unexpected EOF', parser.end);
  if (ended.word === 'end') {
    expectEnd(ended.tokens, 'end');
    return [];
  }
  const word = peekWord(ended.tokens);
  if ((word === 'if' && kind === 'if') || (word === 'with' && kind === 'with')) {
    return [parseControl(parser, ended.tokens, word, take(ended.tokens).at)];
  }
  expectEnd(ended.tokens, 'else');
  const { nodes, ended: closing } = parseList(parser);
  if (closing === undefined) throw new TemplateSyntaxError('unexpected EOF', parser.end);
  if (closing.word === 'else') throw new TemplateSyntaxError('expected end; found {{else}}', closing.at);
  return nodes;
}

function nameOf(tokens: Tokens, context: string): string {
  const token = takeSignificant(tokens);
  if (token.kind !== 'string') throw unexpected(token, context);
  return stringValue(token);
}

function bodyOf(parser: Parser, name: string): void {
  const outer = parser.variables.splice(1);
  const { nodes, ended } = parseList(parser);
  parser.variables.splice(1, Number.POSITIVE_INFINITY, ...outer);
  if (ended === undefined) throw new TemplateSyntaxError('unexpected EOF', parser.end);
  if (ended.word === 'else') throw new TemplateSyntaxError('unexpected {{else}} in define clause', ended.at);
  parser.defined.set(name, nodes);
}

function parseDefinition(parser: Parser, tokens: Tokens): void {
  take(tokens);
  const name = nameOf(tokens, 'define clause');
  expectEnd(tokens, 'define clause');
  bodyOf(parser, name);
}

function parseBlock(parser: Parser, tokens: Tokens): TemplateNode {
  take(tokens);
  skipSpace(tokens);
  const { at } = peek(tokens);
  const name = nameOf(tokens, 'block clause');
  const pipe = parsePipe(parser, tokens, 'block clause');
  bodyOf(parser, name);
  return { kind: 'template', at, name, pipe };
}

/** A pipeline up to the end of the action or the closing parenthesis, which is not taken. */
function parsePipe(parser: Parser, tokens: Tokens, context: string): Pipe {
  skipSpace(tokens);
  const { at } = peek(tokens);
  const { variables, assigns } = parseDeclaration(parser, tokens, context);
  const commands: Command[] = [];
  for (;;) {
    skipSpace(tokens);
    const token = peek(tokens);
    if (token.kind === 'end' || token.kind === ')') break;
    commands.push(parseCommand(parser, tokens, context));
    skipSpace(tokens);
    if (peek(tokens).kind === '|') take(tokens);
  }
  if (commands.length === 0) throw new TemplateSyntaxError(`missing value for ${context}`, at);
  commands.slice(1).forEach((command, i) => {
    const first = command.operands[0];
    if (!['bool', 'dot', 'nil', 'number', 'string'].includes(first.kind)) return;
    throw new TemplateSyntaxError(`non executable command in pipeline stage ${i + 2}`, first.at);
  });
  if (!assigns) parser.variables.push(...variables);
  return { kind: 'pipe', at, variables, assigns, commands };
}

function parseDeclaration(
  parser: Parser,
  tokens: Tokens,
  context: string,
): { variables: readonly string[]; assigns: boolean } {
  const start = tokens.next;
  const variables: string[] = [];
  for (;;) {
    skipSpace(tokens);
    const token = peek(tokens);
    if (token.kind !== 'variable') break;
    take(tokens);
    variables.push(token.text);
    skipSpace(tokens);
    const operator = peek(tokens);
    if (operator.kind === ':=' || operator.kind === '=') {
      take(tokens);
      if (operator.kind === '=') for (const name of variables) requireVariable(parser, name, token.at);
      return { variables, assigns: operator.kind === '=' };
    }
    if (operator.kind !== ',') break;
    if (context !== 'range' || variables.length > 1) {
      throw new TemplateSyntaxError(`too many declarations in ${context}`, operator.at);
    }
    take(tokens);
  }
  tokens.next = start;
  return { variables: [], assigns: false };
}

function requireVariable(parser: Parser, name: string, at: number): void {
  if (!parser.variables.includes(name)) throw new TemplateSyntaxError(`undefined variable "${name}"`, at);
}

/** Operands separated by spaces. */
function parseCommand(parser: Parser, tokens: Tokens, context: string): Command {
  const { at } = peek(tokens);
  const operands: Operand[] = [];
  for (;;) {
    skipSpace(tokens);
    const operand = parseOperand(parser, tokens);
    if (operand === undefined) break;
    operands.push(operand);
    const after = peek(tokens);
    if (after.kind !== 'space' && after.kind !== '|' && after.kind !== ')' && after.kind !== 'end') {
      throw unexpected(after, 'operand');
    }
    if (after.kind !== 'space') break;
  }
  const [first, ...rest] = operands;
  if (first === undefined) throw unexpected(peek(tokens), context);
  return { at, operands: [first, ...rest] };
}

function parseOperand(parser: Parser, tokens: Tokens): Operand | undefined {
  const token = peek(tokens);
  if (token.kind === 'field') {
    const path = fieldPath(tokens);
    // Go reports a path of several fields at its second one.
    return { kind: 'field', at: path.length > 1 ? token.at + token.text.length : token.at, path };
  }
  const term = parseTerm(parser, tokens, token);
  if (term === undefined) return undefined;
  const { at } = peek(tokens);
  const path = fieldPath(tokens);
  if (path.length === 0) return term;
  if (term.kind === 'variable') return { ...term, at, path };
  if (term.kind === 'pipe') return { kind: 'chain', at, of: term, path };
  if (term.kind === 'function' || term.kind === 'dot') {
    // `__timestamp__.Year`, `. .x`: a chain on the value of the term.
    const of: Pipe = {
      kind: 'pipe',
      at: term.at,
      variables: [],
      assigns: false,
      commands: [{ at: term.at, operands: [term] }],
    };
    return { kind: 'chain', at, of, path };
  }
  throw unexpected(token, 'operand');
}

function fieldPath(tokens: Tokens): string[] {
  const path: string[] = [];
  while (peek(tokens).kind === 'field') path.push(take(tokens).text.slice(1));
  return path;
}

function parseTerm(parser: Parser, tokens: Tokens, token: ActionToken): Operand | undefined {
  const { at, text } = token;
  switch (token.kind) {
    case 'word':
      take(tokens);
      if (text === 'true' || text === 'false') return { kind: 'bool', at, value: text === 'true' };
      if (text === 'nil') return { kind: 'nil', at };
      if (!FUNCTIONS.has(text)) throw new TemplateSyntaxError(`function "${text}" not defined`, at);
      return { kind: 'function', at, name: text };
    case 'dot':
      take(tokens);
      return { kind: 'dot', at };
    case 'variable':
      take(tokens);
      requireVariable(parser, text, at);
      return { kind: 'variable', at, name: text, path: [] };
    case 'string':
      take(tokens);
      return { kind: 'string', at, value: stringValue(token), quoted: text };
    case 'number':
      take(tokens);
      return { kind: 'number', at, text, ...numberOf(token) };
    case 'char': {
      take(tokens);
      const value = BigInt(runeOf(token));
      return { kind: 'number', at, text, integer: value, float: Number(value), floating: false };
    }
    case '(': {
      take(tokens);
      if (++parser.depth > MAX_DEPTH) throw new TemplateSyntaxError(`nested deeper than ${MAX_DEPTH} levels`, at);
      const pipe = parsePipe(parser, tokens, 'parenthesized pipeline');
      parser.depth--;
      skipSpace(tokens);
      const close = take(tokens);
      if (close.kind !== ')') throw unexpected(close, 'parenthesized pipeline');
      return pipe;
    }
    default:
      return undefined;
  }
}

const MAX_INT64 = 2n ** 63n;

/** An integer (decimal, 0x, 0o, 0b or with a leading 0 octal) or a float; an integral float serves as an integer too. */
function numberOf(token: ActionToken): { integer: bigint | undefined; float: number; floating: boolean } {
  const negative = token.text.startsWith('-');
  const digits = token.text.replace(/^[+-]/, '').replaceAll('_', '');
  const octal = /^0[0-7]+$/.test(digits);
  if (octal || /^(0[xXbBoO][0-9a-fA-F]+|\d+)$/.test(digits)) {
    if (/^0\d+$/.test(digits) && !octal) throw new TemplateSyntaxError(`integer overflow: "${token.text}"`, token.at);
    const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
    const integer = negative ? -value : value;
    if (integer >= MAX_INT64 || integer < -MAX_INT64) {
      throw new TemplateSyntaxError(`integer overflow: "${token.text}"`, token.at);
    }
    return { integer, float: Number(integer), floating: false };
  }
  const float = Number(digits) * (negative ? -1 : 1);
  if (!Number.isFinite(float)) throw new TemplateSyntaxError(`bad number syntax: "${token.text}"`, token.at);
  return { integer: Number.isSafeInteger(float) ? BigInt(float) : undefined, float, floating: true };
}

function runeOf(token: ActionToken): number {
  const inner = token.text.slice(1, -1).replaceAll('"', '\\"');
  const value = unquote(`"${inner}"`);
  const code = value?.codePointAt(0);
  if (code === undefined || value !== String.fromCodePoint(code)) {
    throw new TemplateSyntaxError(`malformed character constant: ${token.text}`, token.at);
  }
  return code;
}

function peek(tokens: Tokens): ActionToken {
  const token = tokens.list[Math.min(tokens.next, tokens.list.length - 1)];
  if (token === undefined) throw new Error('an action always ends with its delimiter');
  return token;
}

function take(tokens: Tokens): ActionToken {
  const token = peek(tokens);
  tokens.next++;
  return token;
}

function skipSpace(tokens: Tokens): void {
  while (peek(tokens).kind === 'space') tokens.next++;
}

function takeSignificant(tokens: Tokens): ActionToken {
  skipSpace(tokens);
  const token = take(tokens);
  skipSpace(tokens);
  return token;
}

/** The keyword an action begins with. */
function peekWord(tokens: Tokens): string | undefined {
  skipSpace(tokens);
  const token = peek(tokens);
  return token.kind === 'word' ? token.text : undefined;
}

function expectEnd(tokens: Tokens, context: string): void {
  const token = takeSignificant(tokens);
  if (token.kind !== 'end') throw unexpected(token, context);
}

function unexpected(token: ActionToken, context: string): TemplateSyntaxError {
  const shown = KEYWORDS.has(token.text) ? `<${token.text}>` : JSON.stringify(token.text);
  return new TemplateSyntaxError(`unexpected ${shown} in ${context}`, token.at);
}
