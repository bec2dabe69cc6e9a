import type { RunbookBlock, RunbookInline, RunbookListItem, RunbookProblem } from '@trilith/contract';
import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import { addressOf, imageAddressOf, pageOf } from './address.ts';
import { liveQueryOf } from './live_query.ts';
import type { Address, FoundLink } from './runbook.ts';

/** A Markdown text as a tree that can be shown as it is: no HTML of the text is in it, and every link may be followed. */
export interface RunbookDocument {
  readonly blocks: readonly RunbookBlock[];
  readonly headings: ReadonlySet<string>;
  readonly links: readonly FoundLink[];
  /** Queries that cannot be asked. */
  readonly problems: readonly RunbookProblem[];
}

/** Quotes and lists within each other; deeper ones are shown as they are written. */
const MAX_DEPTH = 12;

/** What is found on the way. */
interface Reading {
  readonly name: string;
  readonly headings: Set<string>;
  readonly links: FoundLink[];
  readonly problems: RunbookProblem[];
  /** The block at the top that is being read, and the line it begins at. */
  raw: string;
  line: number;
}

/**
 * Reads GitHub's Markdown. Throws RangeError where it is nested too deeply to be read.
 * @param name of the runbook: relative links begin there
 * @param linesBefore lines of the file before the text
 */
export function readDocument(source: string, name: string, linesBefore = 0): RunbookDocument {
  const reading: Reading = { name, headings: new Set(), links: [], problems: [], raw: '', line: linesBefore + 1 };
  const blocks: RunbookBlock[] = [];
  for (const token of lexed(source)) {
    reading.raw = token.raw;
    blocks.push(...blockOf(token, reading, 0));
    reading.line += token.raw.split('\n').length - 1;
  }
  const { headings, links, problems } = reading;
  return { blocks, headings, links, problems };
}

function lexed(source: string): readonly Token[] {
  try {
    return lexer(source, { gfm: true });
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError('it is nested too deeply to be read', { cause: error });
    throw error;
  }
}

/** The line something stands at in the block that is being read. */
function lineOf(text: string, { raw, line }: Reading): number {
  const at = raw.indexOf(text);
  return at < 0 ? line : line + raw.slice(0, at).split('\n').length - 1;
}

const blocksOf = (tokens: readonly Token[], reading: Reading, depth: number): RunbookBlock[] =>
  tokens.flatMap((token) => blockOf(token, reading, depth));

/** None for space between blocks. */
function blockOf(given: Token, reading: Reading, depth: number): RunbookBlock[] {
  // Extensions of the lexer would give others; there are none.
  const token = given as MarkedToken;
  if (depth > MAX_DEPTH) return [{ kind: 'code', language: '', text: token.raw }];
  switch (token.type) {
    case 'heading':
      return [headingOf(token, reading)];
    case 'paragraph':
      return [{ kind: 'paragraph', children: inlinesOf(token.tokens, reading, 0) }];
    case 'text':
      return [{ kind: 'paragraph', children: inlineOf(token, reading, 0) }];
    case 'blockquote':
      return [{ kind: 'quote', children: blocksOf(token.tokens, reading, depth + 1) }];
    case 'list':
      return [listOf(token, reading, depth)];
    case 'code':
      return [codeOf(token, reading)];
    case 'table':
      return [tableOf(token, reading)];
    case 'hr':
      return [{ kind: 'rule' }];
    case 'html':
      return isComment(token.text) ? [] : [{ kind: 'code', language: 'html', text: token.text.trimEnd() }];
    default:
      return [];
  }
}

function headingOf({ depth, tokens }: Tokens.Heading, reading: Reading): RunbookBlock {
  const children = inlinesOf(tokens, reading, 0);
  return { kind: 'heading', level: depth, id: headingId(textOf(children), reading.headings), children };
}

/** As GitHub names headings; each name is used once. */
function headingId(title: string, used: Set<string>): string {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
  let id = slug;
  for (let i = 1; used.has(id); i++) id = `${slug}-${i}`;
  used.add(id);
  return id;
}

function listOf({ ordered, start, items }: Tokens.List, reading: Reading, depth: number): RunbookBlock {
  return {
    kind: 'list',
    ordered,
    start: start === '' ? 1 : start,
    items: items.map(
      ({ task, checked, tokens }): RunbookListItem => ({
        checked: task ? checked === true : null,
        children: blocksOf(tokens, reading, depth + 1),
      }),
    ),
  };
}

function codeOf({ lang = '', text }: Tokens.Code, reading: Reading): RunbookBlock {
  const query = liveQueryOf(lang, text);
  if (query === undefined) return { kind: 'code', language: lang.split(/\s/)[0] ?? '', text };
  if (query.problem !== '') {
    const [first = ''] = query.query.split('\n');
    reading.problems.push({
      kind: 'query',
      line: lineOf(first, reading),
      subject: query.query,
      text: `${query.language}: ${query.problem}`,
    });
  }
  return query;
}

function tableOf({ header, rows, align }: Tokens.Table, reading: Reading): RunbookBlock {
  const cells = (row: readonly Tokens.TableCell[]): RunbookInline[][] =>
    row.map(({ tokens }) => inlinesOf(tokens, reading, 0));
  return { kind: 'table', align, head: cells(header), rows: rows.map(cells) };
}

const inlinesOf = (tokens: readonly Token[], reading: Reading, depth: number): RunbookInline[] =>
  tokens.flatMap((token) => inlineOf(token, reading, depth));

function inlineOf(given: Token, reading: Reading, depth: number): RunbookInline[] {
  const token = given as MarkedToken;
  if (depth > MAX_DEPTH) return [{ kind: 'text', text: token.raw }];
  const children = (tokens: readonly Token[]): RunbookInline[] => inlinesOf(tokens, reading, depth + 1);
  switch (token.type) {
    case 'text':
      return token.tokens === undefined ? [{ kind: 'text', text: plain(token.text) }] : children(token.tokens);
    case 'escape':
      return [{ kind: 'text', text: plain(token.text) }];
    case 'codespan':
      return [{ kind: 'code', text: token.text }];
    case 'strong':
      return [{ kind: 'strong', children: children(token.tokens) }];
    case 'em':
      return [{ kind: 'emphasis', children: children(token.tokens) }];
    case 'del':
      return [{ kind: 'strike', children: children(token.tokens) }];
    case 'link':
      return linkOf(token, children(token.tokens), reading);
    case 'image':
      return imageOf(token, reading);
    case 'br':
      return [{ kind: 'break' }];
    case 'html':
      if (/^<br\s*\/?>$/i.test(token.text)) return [{ kind: 'break' }];
      return isComment(token.text) ? [] : [{ kind: 'text', text: token.text }];
    default:
      return [];
  }
}

const isComment = (html: string): boolean => /^\s*<!--[\s\S]*?-->\s*$/.test(html);

function found(written: string, reading: Reading): Address {
  const address = addressOf(written, reading.name);
  reading.links.push({ address, written, line: lineOf(written, reading) });
  return address;
}

/** What may not be followed is shown as its text. */
function linkOf({ href }: Tokens.Link, children: RunbookInline[], reading: Reading): RunbookInline[] {
  const to = hrefOf(found(plain(href), reading));
  return to === undefined ? children : [{ kind: 'link', href: to, children }];
}

/** An image from elsewhere is a link: nothing is fetched from there because somebody reads a runbook. */
function imageOf({ href, text }: Tokens.Image, reading: Reading): RunbookInline[] {
  const address = found(plain(href), reading);
  const alt = plain(text);
  if (address.kind === 'image') return [{ kind: 'image', src: imageAddressOf(address.path), alt }];
  const children: RunbookInline[] = [{ kind: 'text', text: alt === '' ? href : alt }];
  const to = hrefOf(address);
  return to === undefined ? children : [{ kind: 'link', href: to, children }];
}

function hrefOf(address: Address): string | undefined {
  switch (address.kind) {
    case 'elsewhere':
    case 'mail':
    case 'screen':
      return address.href;
    case 'heading':
      return `#${encodeURIComponent(address.id)}`;
    case 'page':
      return pageOf(address.path, address.heading);
    case 'image':
      return imageAddressOf(address.path);
    case 'refused':
      return undefined;
  }
}

const REFERENCES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  rarr: '→',
  larr: '←',
  times: '×',
  ge: '≥',
  le: '≤',
};

/** Text with its character references resolved, of the named ones those people write. */
function plain(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return REFERENCES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? '\ufffd' : String.fromCodePoint(code);
  });
}

/** The words of running text. */
export function textOf(inlines: readonly RunbookInline[]): string {
  return inlines
    .map((inline) => {
      switch (inline.kind) {
        case 'text':
        case 'code':
          return inline.text;
        case 'image':
          return inline.alt;
        case 'break':
          return ' ';
        default:
          return textOf(inline.children);
      }
    })
    .join('');
}
