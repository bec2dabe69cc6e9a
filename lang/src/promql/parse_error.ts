import { lineAndColumn, type PositionRange } from './position.ts';

/** One complaint about a query, where it is. */
export interface Diagnostic {
  readonly range: PositionRange;
  readonly message: string;
}

/**
 * A query that does not parse or does not type-check. `diagnostics` holds every complaint found; the message is the
 * first one, worded as Prometheus words it: `1:5: parse error: unexpected …`.
 */
export class PromqlParseError extends Error {
  override readonly name = 'PromqlParseError';
  readonly query: string;
  readonly diagnostics: readonly Diagnostic[];
  constructor(query: string, diagnostics: readonly Diagnostic[]) {
    const first = diagnostics[0];
    super(
      first === undefined ? 'parse error' : `${lineAndColumn(query, first.range.start)}: parse error: ${first.message}`,
    );
    this.query = query;
    this.diagnostics = diagnostics;
  }
}
