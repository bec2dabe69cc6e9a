import type { ParseOptions } from './cursor.ts';
import { type Diagnostic, PromqlParseError } from './parse_error.ts';
import { parse } from './parser.ts';

/** What is wrong with a query, for an editor; empty when nothing is. Throws nothing but defects of the parser. */
export function diagnose(input: string, options: ParseOptions = {}): readonly Diagnostic[] {
  try {
    parse(input, options);
    return [];
  } catch (error) {
    if (error instanceof PromqlParseError) return error.diagnostics;
    throw error;
  }
}
