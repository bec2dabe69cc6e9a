import type { Discovery, DiscoveryContext, TargetGroup } from './target_group.ts';

/** Asks again every `everyMs` (upstream: discovery/refresh); a failure keeps what was known and is reported. */
export function refreshing(
  everyMs: number,
  { found, failed }: DiscoveryContext,
  ask: (signal: AbortSignal) => Promise<readonly TargetGroup[]>,
): Discovery {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const turn = async (): Promise<void> => {
    try {
      const groups = await ask(stop.signal);
      if (!stop.signal.aborted) found(groups);
    } catch (error) {
      if (!stop.signal.aborted) failed(error instanceof Error ? error.message : String(error));
    }
    if (stop.signal.aborted) return;
    timer = setTimeout(() => {
      running = turn();
    }, everyMs);
    timer.unref();
  };
  let running = turn();
  return {
    async stop() {
      stop.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
