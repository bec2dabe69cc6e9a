import { unquote } from '../go_strings.ts';
import { type ActionToken, stringValue, TemplateSyntaxError } from './lexer.ts';
import { peek, skipSpace, type Tokens, take, unexpected } from './tokens.ts';
import { type Command, type Operand, type Pipe, printOperand } from './tree.ts';

/** How deep blocks and parentheses nest. */
export const MAX_DEPTH = 100;

/** What reading a pipeline needs to know: the functions there are, and the variables in scope. */
export interface PipeScope {
  readonly functions: { has(name: string): boolean };
  /** Innermost last. */
  readonly variables: string[];
  depth: number;
}

/** A pipeline up to the end of the action or the closing parenthesis, which is not taken. */
export function parsePipe(scope: PipeScope, tokens: Tokens, context: string): Pipe {
  skipSpace(tokens);
  const { at } = peek(tokens);
  const { variables, assigns } = parseDeclaration(scope, tokens, context);
  if (!assigns) scope.variables.push(...variables);
  const commands: Command[] = [];
  for (;;) {
    skipSpace(tokens);
    const token = peek(tokens);
    if (token.kind === 'end' || token.kind === ')') break;
    commands.push(parseCommand(scope, tokens, context));
    skipSpace(tokens);
    if (peek(tokens).kind === '|') take(tokens);
  }
  if (commands.length === 0) throw new TemplateSyntaxError(`missing value for ${context}`, at);
  commands.slice(1).forEach((command, i) => {
    const first = command.operands[0];
    if (!['bool', 'dot', 'nil', 'number', 'string'].includes(first.kind)) return;
    throw new TemplateSyntaxError(`non executable command in pipeline stage ${i + 2}`, first.at);
  });
  return { kind: 'pipe', at, variables, assigns, commands };
}

function parseDeclaration(
  scope: PipeScope,
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
      if (operator.kind === '=') for (const name of variables) requireVariable(scope, name, token.at);
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

function requireVariable(scope: PipeScope, name: string, at: number): void {
  if (!scope.variables.includes(name)) throw new TemplateSyntaxError(`undefined variable "${name}"`, at);
}

/** Operands separated by spaces. */
function parseCommand(scope: PipeScope, tokens: Tokens, context: string): Command {
  const { at } = peek(tokens);
  const operands: Operand[] = [];
  for (;;) {
    skipSpace(tokens);
    const operand = parseOperand(scope, tokens);
    if (operand === undefined && operands.length === 0) throw unexpected(peek(tokens), context);
    if (operand !== undefined) operands.push(operand);
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

function parseOperand(scope: PipeScope, tokens: Tokens): Operand | undefined {
  const token = peek(tokens);
  if (token.kind === 'field') {
    const path = fieldPath(tokens);
    // Go reports a path of several fields at its second one.
    return { kind: 'field', at: path.length > 1 ? token.at + token.text.length : token.at, path };
  }
  const term = parseTerm(scope, tokens, token);
  if (term === undefined) return undefined;
  const { at } = peek(tokens);
  const path = fieldPath(tokens);
  if (path.length === 0) return term;
  if (term.kind === 'variable') return { ...term, at, path };
  if (term.kind === 'pipe') return { kind: 'chain', at, of: term, path };
  if (term.kind === 'function') {
    // `__timestamp__.Year`: a chain on the value of the term.
    const of: Pipe = {
      kind: 'pipe',
      at: term.at,
      variables: [],
      assigns: false,
      commands: [{ at: term.at, operands: [term] }],
    };
    return { kind: 'chain', at, of, path };
  }
  throw new TemplateSyntaxError(`unexpected . after term ${JSON.stringify(printOperand(term))}`, at);
}

function fieldPath(tokens: Tokens): string[] {
  const path: string[] = [];
  while (peek(tokens).kind === 'field') path.push(take(tokens).text.slice(1));
  return path;
}

function parseTerm(scope: PipeScope, tokens: Tokens, token: ActionToken): Operand | undefined {
  const { at, text } = token;
  switch (token.kind) {
    case 'word':
      take(tokens);
      if (text === 'true' || text === 'false') return { kind: 'bool', at, value: text === 'true' };
      if (text === 'nil') return { kind: 'nil', at };
      if (!scope.functions.has(text)) throw new TemplateSyntaxError(`function "${text}" not defined`, at);
      return { kind: 'function', at, name: text };
    case 'dot':
      take(tokens);
      return { kind: 'dot', at };
    case 'variable':
      take(tokens);
      requireVariable(scope, text, at);
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
      if (++scope.depth > MAX_DEPTH) throw new TemplateSyntaxError(`nested deeper than ${MAX_DEPTH} levels`, at);
      const pipe = parsePipe(scope, tokens, 'parenthesized pipeline');
      scope.depth--;
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
