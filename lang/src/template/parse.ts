import { cutTemplate, type Piece, stringValue, TemplateSyntaxError } from './lexer.ts';
import { MAX_DEPTH, type PipeScope, parsePipe } from './parse_pipe.ts';
import { expectEnd, peek, peekWord, skipSpace, type Tokens, take, takeSignificant, unexpected } from './tokens.ts';
import type { TemplateBody, TemplateNode, TemplateTree } from './tree.ts';

interface Parser extends PipeScope {
  readonly name: string;
  readonly source: string;
  readonly pieces: readonly Piece[];
  next: number;
  /** What this source defines. */
  readonly defined: Map<string, TemplateBody>;
  rangeDepth: number;
}

/** The language of a template: the functions it may call, and the templates of its set that were read before. */
export interface TemplateLanguage {
  readonly functions: { has(name: string): boolean };
  readonly defined?: ReadonlyMap<string, TemplateBody>;
}

/**
 * Reads a template. Functions and variables must exist; templates that it calls need not.
 * @param name what errors call it
 * @throws TemplateSyntaxError worded as Go's text/template/parse words it
 */
export function parseTemplate(source: string, name: string, language: TemplateLanguage): TemplateTree {
  const parser: Parser = {
    name,
    source,
    pieces: cutTemplate(source),
    next: 0,
    functions: language.functions,
    defined: new Map(),
    variables: ['$'],
    rangeDepth: 0,
    depth: 0,
  };
  const { nodes, ended } = parseList(parser);
  if (ended !== undefined) throw new TemplateSyntaxError(`unexpected {{${ended.word}}}`, ended.at);
  return { name, parseName: name, source, nodes, defined: new Map([...(language.defined ?? []), ...parser.defined]) };
}

/** What closed a list: `end` or `else`, with the tokens behind `else`. */
interface Closing {
  readonly word: 'end' | 'else';
  readonly tokens: Tokens;
  readonly at: number;
}

function parseList(parser: Parser): { nodes: TemplateNode[]; ended: Closing | undefined } {
  if (++parser.depth > MAX_DEPTH)
    throw new TemplateSyntaxError(`nested deeper than ${MAX_DEPTH} levels`, parser.source.length);
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
      if (parser.depth > 1) throw unexpected(take(tokens), 'command');
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
  if (ended === undefined) throw new TemplateSyntaxError('unexpected EOF', parser.source.length);
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
  if (closing === undefined) throw new TemplateSyntaxError('unexpected EOF', parser.source.length);
  if (closing.word === 'else') throw new TemplateSyntaxError('expected end; found {{else}}', closing.at);
  return nodes;
}

function nameOf(tokens: Tokens, context: string): string {
  const token = takeSignificant(tokens);
  if (token.kind !== 'string') throw unexpected(token, context);
  return stringValue(token);
}

function bodyOf(parser: Parser, name: string): void {
  const { at } = parser.pieces[parser.next - 1] ?? { at: 0 };
  const outer = parser.variables.splice(1);
  const { nodes, ended } = parseList(parser);
  parser.variables.splice(1, Number.POSITIVE_INFINITY, ...outer);
  if (ended === undefined) throw new TemplateSyntaxError('unexpected EOF', parser.source.length);
  if (ended.word === 'else') throw new TemplateSyntaxError('unexpected {{else}} in define clause', ended.at);
  const known = parser.defined.get(name);
  if (known !== undefined && !isBlank(known.nodes)) {
    if (isBlank(nodes)) return;
    throw new TemplateSyntaxError(`template: multiple definition of template ${JSON.stringify(name)}`, at);
  }
  parser.defined.set(name, { name, parseName: parser.name, source: parser.source, nodes });
}

/** Nothing but white space: what may be defined again. */
function isBlank(nodes: readonly TemplateNode[]): boolean {
  return nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
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
