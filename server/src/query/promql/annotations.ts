import { lineAndColumn, type PositionRange } from '@trilith/lang/promql';

const MOST_SHOWN = 10;

/** What a query has to say beside its result; equal remarks are said once. */
export class Annotations {
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();
  readonly #query: string;

  constructor(query: string) {
    this.#query = query;
  }

  warn(message: string, at?: PositionRange): void {
    this.#warnings.add(this.#placed(`PromQL warning: ${message}`, at));
  }

  info(message: string, at?: PositionRange): void {
    this.#infos.add(this.#placed(`PromQL info: ${message}`, at));
  }

  get warnings(): readonly string[] {
    return capped(this.#warnings, 'warning');
  }

  get infos(): readonly string[] {
    return capped(this.#infos, 'info');
  }

  #placed(message: string, at: PositionRange | undefined): string {
    return at === undefined ? message : `${message} (${lineAndColumn(this.#query, at.start)})`;
  }
}

function capped(messages: ReadonlySet<string>, what: string): readonly string[] {
  const all = [...messages].sort();
  if (all.length <= MOST_SHOWN) return all;
  return [...all.slice(0, MOST_SHOWN), `${all.length - MOST_SHOWN} more ${what} annotations omitted`];
}
