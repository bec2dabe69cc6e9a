import { form } from './bench_query.ts';
import { type PeerKind, prefixOf } from './peers.ts';
import type { GeneratedSet } from './sets.ts';
import type { Target } from './target.ts';

const ASK_EVERY_MS = 5_000;
/** Longer than a peer takes from one look at its blocks to the next. */
const NO_MORE_MS = 120_000;
const LONGEST_MS = 1_200_000;

/**
 * Waits until a peer finds as many spans of a set as we do, and says what it found. Tempo takes spans at once and shows those
 * older than a few minutes when their block is written and the list of blocks is read again; nothing tells it to do so.
 */
export async function untilQueryable(kind: PeerKind, target: Target, ours: Target, set: GeneratedSet): Promise<void> {
  if (kind !== 'tempo' || set.name !== 'T1') return;
  const wanted = await countSpans('trilith', ours, set);
  const started = performance.now();
  let found = -1;
  let grewAt = started;
  for (;;) {
    const now = await countSpans(kind, target, set);
    const at = performance.now();
    if (now > found) grewAt = at;
    found = Math.max(found, now);
    if (found >= wanted || at - grewAt > NO_MORE_MS || at - started > LONGEST_MS) break;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  const waited = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `  ${target.name}: finds ${found.toLocaleString('en')} of ${wanted.toLocaleString('en')} spans of the last two hours, ${waited} s later`,
  );
}

/** Spans of the range that queries ask for, by a metrics query in whole minutes. */
async function countSpans(kind: PeerKind | 'trilith', target: Target, { fromMs, toMs }: GeneratedSet): Promise<number> {
  const path = form('/api/metrics/query_range', {
    q: '{ } | count_over_time()',
    start: Math.ceil(fromMs / 60_000) * 60,
    end: Math.floor(toMs / 60_000) * 60,
    step: '60s',
  });
  const response = await fetch(target.url + prefixOf(kind, 'tempo') + path);
  if (!response.ok) throw new Error(`${target.name}: counting spans answered ${response.status}`);
  const { series = [] } = (await response.json()) as {
    readonly series?: readonly { readonly samples?: readonly { readonly value?: number }[] }[];
  };
  return series.reduce((sum, { samples = [] }) => samples.reduce((of, { value = 0 }) => of + value, sum), 0);
}
