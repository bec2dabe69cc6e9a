import type { PipelineStage, SpansetExpr } from './ast.ts';
import { accept, type Cursor, expect, peek, spanFrom } from './cursor.ts';
import { parseField, parseFieldList } from './parse_field.ts';

/** Reads `{ … }`. @throws TraceqlParseError */
export function parseFilter(cursor: Cursor): SpansetExpr & { readonly kind: 'filter' } {
  const { start } = expect(cursor, '{');
  if (accept(cursor, '}')) return { kind: 'filter', span: spanFrom(cursor, start) };
  const expr = parseField(cursor);
  expect(cursor, '}');
  return { kind: 'filter', expr, span: spanFrom(cursor, start) };
}

/** Reads `by(…)`, `select(…)` or `coalesce()` if the next token begins one. @throws TraceqlParseError */
export function parseStageFunction(cursor: Cursor): PipelineStage | undefined {
  const { kind, start } = peek(cursor);
  switch (kind) {
    case 'by': {
      cursor.next++;
      expect(cursor, '(');
      const expr = parseField(cursor);
      expect(cursor, ')');
      return { kind, expr, span: spanFrom(cursor, start) };
    }
    case 'select': {
      cursor.next++;
      const fields = parseFieldList(cursor);
      return { kind, fields, span: spanFrom(cursor, start) };
    }
    case 'coalesce':
      cursor.next++;
      expect(cursor, '(');
      expect(cursor, ')');
      return { kind, span: spanFrom(cursor, start) };
    default:
      return undefined;
  }
}
