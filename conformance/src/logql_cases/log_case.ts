/** A rule of LogQL with a query that shows it. */
export interface LogCase {
  /** The rule, in the words of Loki's documentation where it has them. */
  readonly rule: string;
  /** The data it is asked of: a key of FIXTURES. */
  readonly data: string;
  /** `{}` stands for the selector of all the data's streams. */
  readonly query: string;
  /**
   * One string per entry, oldest first, or per series: `{labels} #n` for the nth line as it was pushed, `{labels} = text`
   * for a line that was rewritten, `{labels} value` for a series at the end of the minute, `value` for a scalar,
   * `! message` for a query that is refused. The labels `fixture` and `service_name` are left out
   * while they have their own values.
   */
  readonly expect: readonly string[];
  /** Where a real Loki answers otherwise: why the expectation is right all the same. */
  readonly unlikeLoki?: string;
}

/** The query with its selector in place. */
export function queryOf({ query, data }: LogCase): string {
  return query.replaceAll('{}', `{fixture="${data}"}`);
}

/** Whether the order of series is part of the answer. */
export function isOrdered({ query }: LogCase): boolean {
  return /^(sort|sort_desc|topk|bottomk|approx_topk)\b/.test(query);
}
