import { lineAndColumn, type PositionRange } from '@trilith/lang/promql';

const MOST_SHOWN = 10;

/** What a query has to say beside its result; equal remarks are said once, at the place of the last. */
export class Annotations {
  readonly #warnings = new Map<string, PositionRange | undefined>();
  readonly #infos = new Map<string, PositionRange | undefined>();
  readonly #query: string;

  constructor(query: string) {
    this.#query = query;
  }

  warn(message: string, at?: PositionRange): void {
    this.#warnings.set(`PromQL warning: ${message}`, at);
  }

  info(message: string, at?: PositionRange): void {
    this.#infos.set(`PromQL info: ${message}`, at);
  }

  get warnings(): readonly string[] {
    return capped(this.#placed(this.#warnings), 'warning');
  }

  get infos(): readonly string[] {
    return capped(this.#placed(this.#infos), 'info');
  }

  #placed(remarks: ReadonlyMap<string, PositionRange | undefined>): string[] {
    return Array.from(remarks, ([message, at]) =>
      at === undefined ? message : `${message} (${lineAndColumn(this.#query, at.start)})`,
    );
  }
}

function capped(messages: string[], what: string): readonly string[] {
  const all = messages.sort();
  if (all.length <= MOST_SHOWN) return all;
  return [...all.slice(0, MOST_SHOWN), `${all.length - MOST_SHOWN} more ${what} annotations omitted`];
}
