import { type Expr, type ParseOptions, parse } from '@trilith/lang/promql';

/** Makes a query's text a tree that nobody changes. Throws PromqlParseError. */
export type Parser = (query: string) => Expr;

/** Texts remembered; the ones not asked for longest go first. */
const MOST_QUERIES = 1_000;
const LONGEST_QUERY = 4_096;

/** Rules and dashboards ask the same texts again and again: each is parsed once, and its matchers stay the same objects. */
export function createParser(options: ParseOptions): Parser {
  const trees = new Map<string, Expr>();
  return (query) => {
    const known = trees.get(query);
    if (known !== undefined) {
      // Last use last: a Map keeps the order of insertion.
      trees.delete(query);
      trees.set(query, known);
      return known;
    }
    const tree = parse(query, options);
    if (query.length > LONGEST_QUERY) return tree;
    trees.set(query, tree);
    if (trees.size > MOST_QUERIES) {
      const oldest = trees.keys().next();
      if (oldest.done !== true) trees.delete(oldest.value);
    }
    return tree;
  };
}
