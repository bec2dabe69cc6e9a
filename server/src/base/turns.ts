/** Lets so many pieces of work run at once; others wait their turn in order. Whoever calls bounds how many may wait. */
export function createTurns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // A turn is handed on, so that nobody who comes now can take it from who waits.
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
