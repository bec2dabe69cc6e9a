import type { FixtureName } from './fixtures.ts';

/** A rule of TraceQL with a query that shows it. */
export interface TraceCase {
  /** The rule, in the words of Tempo's documentation where it has them. */
  readonly rule: string;
  /** `@` stands for what selects the fixture's spans. */
  readonly query: string;
  /** The answer in the notation of answer.ts; `!` for a query that is refused. */
  readonly expect: string;
  /** Where a real Tempo answers otherwise: why the expectation is right all the same. */
  readonly unlikeTempo?: string;
}

/** Cases of one section of Tempo's documentation over one fixture. */
export interface Chapter {
  readonly data: FixtureName;
  /** What is shown of spans besides their letters: fields that the query names, or what their spanset has in common. */
  readonly show?: 'fields' | 'groups';
  readonly cases: readonly TraceCase[];
}

/** Cases as rule, query, answer and, if so, what is unlike Tempo. */
export function table(
  rows: readonly (readonly [rule: string, query: string, expect: string, unlikeTempo?: string])[],
): readonly TraceCase[] {
  return rows.map(([rule, query, expect, unlikeTempo]) => ({
    rule,
    query,
    expect,
    ...(unlikeTempo === undefined ? {} : { unlikeTempo }),
  }));
}

/** The query with what selects its fixture in place. */
export function queryOf({ query }: TraceCase, { data }: Chapter): string {
  return query.replaceAll('@', `resource.fixture = "${data}"`);
}

/** Whether the query makes series. */
export function isMetrics({ query }: TraceCase): boolean {
  return /\b(?:rate|compare|\w+_over_time)\s*\(/.test(query);
}
