/** Takes items of many askers together; each gets the results of its own. A run that fails fails for all whose items were in it. */
export type Batches<Item, Result> = (items: readonly Item[]) => Promise<readonly Result[]>;

export interface BatchOptions<Item, Result> {
  readonly atOnce: number;
  /** Items in one run; an asker's own are never split. */
  readonly most: number;
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
}

interface Asker<Item, Result> {
  readonly items: readonly Item[];
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
}

export function createBatches<Item, Result>({ atOnce, most, run }: BatchOptions<Item, Result>): Batches<Item, Result> {
  let waiting: Asker<Item, Result>[] = [];
  let running = 0;
  let isPlanned = false;
  const take = (): Asker<Item, Result>[] => {
    let count = 0;
    const upTo = waiting.findIndex(({ items }, i) => {
      count += items.length;
      return i > 0 && count > most;
    });
    const taken = upTo < 0 ? waiting : waiting.slice(0, upTo);
    waiting = upTo < 0 ? [] : waiting.slice(upTo);
    return taken;
  };
  const runNext = async (): Promise<void> => {
    const askers = take();
    running++;
    try {
      const results = await run(askers.flatMap(({ items }) => items));
      let at = 0;
      for (const { items, resolve } of askers) {
        resolve(results.slice(at, at + items.length));
        at += items.length;
      }
    } catch (error) {
      for (const { reject } of askers) reject(error);
    }
    running--;
    plan();
  };
  const plan = (): void => {
    if (isPlanned || waiting.length === 0 || running >= atOnce) return;
    isPlanned = true;
    // Groups that are due at the same moment ask one after the other: they go together.
    setImmediate(() => {
      isPlanned = false;
      while (waiting.length > 0 && running < atOnce) void runNext();
    });
  };
  return (items) =>
    new Promise((resolve, reject) => {
      waiting.push({ items, resolve, reject });
      plan();
    });
}
