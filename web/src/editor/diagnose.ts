import { LogqlParseError, parse as parseLogql } from '@trilith/lang/logql';
import { PromqlParseError, parse as parsePromql } from '@trilith/lang/promql';
import { parse as parseTraceql, TraceqlError } from '@trilith/lang/traceql';

export interface Complaint {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

export type QueryLanguage = 'promql' | 'logql' | 'traceql';

/** What our own parser says about a query, with places for the editor. Empty text has no complaints. */
export function diagnose(language: QueryLanguage, query: string): readonly Complaint[] {
  if (query.trim() === '') return [];
  try {
    if (language === 'promql') parsePromql(query);
    else if (language === 'logql') parseLogql(query);
    else parseTraceql(query);
    return [];
  } catch (error) {
    if (error instanceof PromqlParseError) {
      return error.diagnostics.map(({ range, message }) => place(query, range.start, range.end, message));
    }
    if (error instanceof LogqlParseError) return [place(query, error.start, error.end, error.detail)];
    if (error instanceof TraceqlError) return [place(query, error.start, error.end, error.message)];
    throw error;
  }
}

/** At least one character wide and inside the text, so that the underline shows. */
function place(query: string, start: number, end: number, message: string): Complaint {
  const from = Math.max(0, Math.min(start, query.length - 1));
  return { from, to: Math.max(from + 1, Math.min(end, query.length)), message };
}
