import { PromqlParseError, parse, walk } from '@trilith/lang/promql';

/** The metrics a query selects by labels, as bare names: "does this metric exist at all?" */
export function withoutMatchers(query: string): readonly string[] {
  const names = new Set<string>();
  try {
    walk(parse(query), (node) => {
      const selector = node.kind === 'matrix-selector' ? node.selector : node;
      if (selector.kind !== 'vector-selector') return;
      if (selector.name !== '' && selector.matchers.some((matcher) => matcher.name !== '__name__'))
        names.add(selector.name);
    });
  } catch (error) {
    // A query that does not parse is reported by the editor; there is nothing to relax.
    if (error instanceof PromqlParseError) return [];
    throw error;
  }
  return [...names];
}
