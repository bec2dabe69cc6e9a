import type { Extraction, LabelFormat, LogExpr, NamedMatcher, Span, Stage } from './ast.ts';
import { accept, at, type Cursor, peek, spanFrom, take, unexpected } from './cursor.ts';
import { atLineFilter, parseLabelFilter, parseLineFilter, parseMatcher } from './parse_filters.ts';

/** `{…}` and the stages behind it; stops before `| unwrap` and before a range. */
export function parseSelectorWithStages(cursor: Cursor): LogExpr {
  const selector = parseSelector(cursor);
  const stages = parseStages(cursor);
  return { ...selector, stages, span: spanFrom(cursor, selector.span.start) };
}

export function parseSelector(cursor: Cursor): LogExpr {
  const start = take(cursor, '{').start;
  const matchers = [];
  if (!accept(cursor, '}')) {
    if (!at(cursor, 'IDENTIFIER')) throw unexpected(cursor, ['IDENTIFIER', '}']);
    do matchers.push(parseMatcher(cursor));
    while (accept(cursor, ','));
    if (!at(cursor, '}')) throw unexpected(cursor, ['}', ',']);
    cursor.next++;
  }
  return { kind: 'log', matchers, stages: [], span: spanFrom(cursor, start) };
}

export function parseStages(cursor: Cursor): Stage[] {
  const stages: Stage[] = [];
  for (;;) {
    if (atLineFilter(cursor)) stages.push(parseLineFilter(cursor));
    else if (at(cursor, '|') && peek(cursor, 1).kind !== 'unwrap') {
      const start = take(cursor, '|').start;
      stages.push(parseStage(cursor, start));
    } else return stages;
  }
}

const STAGES: Readonly<Record<string, (cursor: Cursor, start: number) => Stage>> = {
  json: (cursor, start) => ({ kind: 'json', extractions: parseExtractions(cursor), span: spanFrom(cursor, start) }),
  logfmt: parseLogfmt,
  regexp: (cursor, start) => ({ kind: 'regexp', pattern: text(cursor), span: spanFrom(cursor, start) }),
  pattern: (cursor, start) => ({ kind: 'pattern', pattern: text(cursor), span: spanFrom(cursor, start) }),
  unpack: (cursor, start) => ({ kind: 'unpack', span: spanFrom(cursor, start) }),
  decolorize: (cursor, start) => ({ kind: 'decolorize', span: spanFrom(cursor, start) }),
  line_format: (cursor, start) => ({ kind: 'line_format', template: text(cursor), span: spanFrom(cursor, start) }),
  label_format: (cursor, start) => ({
    kind: 'label_format',
    formats: parseFormats(cursor),
    span: spanFrom(cursor, start),
  }),
  drop: (cursor, start) => ({ kind: 'drop', items: parseNamedMatchers(cursor), span: spanFrom(cursor, start) }),
  keep: (cursor, start) => ({ kind: 'keep', items: parseNamedMatchers(cursor), span: spanFrom(cursor, start) }),
};

/** The names of the stages that begin with a word, for completion. */
export const STAGE_NAMES: readonly string[] = [...Object.keys(STAGES), 'unwrap'];

function parseStage(cursor: Cursor, start: number): Stage {
  const word = peek(cursor).kind;
  const rule = Object.hasOwn(STAGES, word) ? STAGES[word] : undefined;
  if (rule !== undefined) {
    cursor.next++;
    return rule(cursor, start);
  }
  if (!at(cursor, 'IDENTIFIER', '(')) throw unexpected(cursor);
  return { kind: 'label_filter', filter: parseLabelFilter(cursor), span: spanFrom(cursor, start) };
}

function text(cursor: Cursor): string {
  return take(cursor, 'STRING').string;
}

function parseLogfmt(cursor: Cursor, start: number): Stage {
  let strict = false;
  let keepEmpty = false;
  while (at(cursor, 'FLAG')) {
    if (take(cursor, 'FLAG').string === '--strict') strict = true;
    else keepEmpty = true;
  }
  return { kind: 'logfmt', strict, keepEmpty, extractions: parseExtractions(cursor), span: spanFrom(cursor, start) };
}

function parseExtractions(cursor: Cursor): Extraction[] {
  const list: Extraction[] = [];
  if (!at(cursor, 'IDENTIFIER')) return list;
  do {
    const name = take(cursor, 'IDENTIFIER');
    const expression = accept(cursor, '=') ? text(cursor) : name.string;
    list.push({ name: name.string, expression, span: spanFrom(cursor, name.start) });
  } while (accept(cursor, ','));
  return list;
}

function parseFormats(cursor: Cursor): LabelFormat[] {
  const list: LabelFormat[] = [];
  do {
    const name = take(cursor, 'IDENTIFIER');
    take(cursor, '=');
    const value = take(cursor, 'IDENTIFIER', 'STRING');
    const span: Span = spanFrom(cursor, name.start);
    if (value.kind === 'STRING') list.push({ kind: 'template', name: name.string, template: value.string, span });
    else list.push({ kind: 'rename', name: name.string, from: value.string, span });
  } while (accept(cursor, ','));
  return list;
}

function parseNamedMatchers(cursor: Cursor): NamedMatcher[] {
  const list: NamedMatcher[] = [];
  do {
    if (['=', '!=', '=~', '!~'].includes(peek(cursor, 1).kind)) {
      const matcher = parseMatcher(cursor);
      list.push({ name: matcher.name, matcher });
    } else list.push({ name: take(cursor, 'IDENTIFIER').string });
  } while (accept(cursor, ','));
  return list;
}
