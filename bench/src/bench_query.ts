/** The products whose HTTP API a query is put in; a peer answers those of the API it has. */
export type Product = 'prometheus' | 'loki' | 'tempo' | 'jaeger';

export interface BenchQuery {
  readonly id: string;
  /** What the engineer asks. */
  readonly ask: string;
  readonly product: Product;
  /**
   * Paths below the product's prefix, with their query strings; several for a dashboard. Of a query that is refreshed the
   * window has moved on with every run.
   */
  readonly paths: readonly string[] | ((run: number) => readonly string[]);
  /** Answers differ from server to server by their nature: they are not compared. */
  readonly isOwn?: boolean;
}

/** A path with its parameters. */
export const form = (path: string, params: Readonly<Record<string, string | number>>): string =>
  `${path}?${new URLSearchParams(Object.entries(params).map(([key, value]) => [key, String(value)]))}`;
