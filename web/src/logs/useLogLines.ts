import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ApiFailure } from '../data/http.ts';
import { queryLogs } from '../data/loki.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { type LogRow, mergeRows, nextPageEnd, rowsOf } from './rows.ts';

const pageLines = 500;
const livePollMs = 1000;
const liveKept = 5000;

export interface LogLines {
  readonly rows: readonly LogRow[];
  /** Lines that arrived while the reader was elsewhere in the list. */
  readonly waiting: number;
  readonly first: 'loading' | 'cancelled' | 'failed' | 'here';
  readonly failure: ApiFailure | null;
  readonly olderFailed: boolean;
  readonly loadingOlder: boolean;
  readonly atEnd: boolean;
  readonly loadOlder: () => void;
  readonly retry: () => void;
  readonly cancel: () => void;
}

interface Options {
  readonly query: string;
  readonly enabled: boolean;
  readonly live: boolean;
  /** True while the reader has left the top or opened a line: then nothing moves. */
  readonly held: boolean;
}

/** The range to list: follows the clock at the top of the list, stands still while somebody reads or tails. */
function useAnchor(query: string, still: boolean): Range {
  const { range, raw, zone } = useTime();
  const identity = JSON.stringify([query, raw, zone]);
  const [anchor, setAnchor] = useState({ identity, range });
  const current = anchor.identity === identity ? anchor.range : range;
  useEffect(() => {
    setAnchor((was) => (was.identity === identity && still ? was : { identity, range }));
  }, [identity, range, still]);
  return current;
}

/** The lines of a query, newest first: pages into the past, and in live mode a poll of what is new. */
export function useLogLines({ query, enabled, live, held }: Options): LogLines {
  const client = useQueryClient();
  const anchor = useAnchor(query, held || live);
  const startNs = `${Math.floor(anchor.fromMs)}000000`;
  const endNs = `${Math.ceil(anchor.toMs)}000000`;
  const pages = useInfiniteQuery({
    queryKey: ['log-lines', query, startNs, endNs],
    initialPageParam: endNs,
    queryFn: async ({ pageParam, signal }) =>
      rowsOf(await queryLogs({ query, startNs, endNs: pageParam, direction: 'backward', limit: pageLines }, signal)),
    getNextPageParam: (page) => nextPageEnd(page, pageLines),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const lastGood = useRef<{ readonly query: string; readonly pages: readonly (readonly LogRow[])[] }>({
    query: '',
    pages: [],
  });
  const own = pages.data?.pages;
  useEffect(() => {
    if (own !== undefined) lastGood.current = { query, pages: own };
  }, [own, query]);
  const shownPages = own ?? (lastGood.current.query === query ? lastGood.current.pages : undefined);
  const tail = useTail(query, live && enabled, endNs);
  const [heldTail, setHeldTail] = useState<readonly LogRow[] | null>(null);
  useEffect(() => setHeldTail((was) => (held ? (was ?? tail) : null)), [held, tail]);
  const shownTail = held ? (heldTail ?? tail) : tail;
  const rows = useMemo(() => mergeRows([shownTail, ...(shownPages ?? [])]), [shownTail, shownPages]);
  const failure = pages.error instanceof ApiFailure ? pages.error : null;
  return {
    rows,
    waiting: tail.length - shownTail.length,
    first:
      shownPages !== undefined
        ? 'here'
        : pages.error !== null
          ? 'failed'
          : pages.fetchStatus === 'idle'
            ? 'cancelled'
            : 'loading',
    failure,
    olderFailed: pages.isFetchNextPageError,
    loadingOlder: pages.isFetchingNextPage,
    atEnd: own !== undefined && !pages.hasNextPage,
    loadOlder: () => {
      if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
    },
    retry: () => void pages.refetch(),
    cancel: () => void client.cancelQueries({ queryKey: ['log-lines', query] }),
  };
}

/** Lines newer than `fromNs`, asked for once a second while live, newest first, at most five thousand. */
function useTail(query: string, live: boolean, fromNs: string): readonly LogRow[] {
  const [tail, setTail] = useState<readonly LogRow[]>([]);
  useEffect(() => {
    setTail([]);
    if (!live) return;
    const controller = new AbortController();
    let newestNs = fromNs;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async (): Promise<void> => {
      if (!document.hidden) {
        try {
          const endNs = `${Date.now() + 1000}000000`;
          const fresh = rowsOf(
            await queryLogs({ query, startNs: newestNs, endNs, direction: 'forward', limit: 1000 }, controller.signal),
          );
          newestNs = fresh[0]?.timeNs ?? newestNs;
          if (fresh.length > 0) setTail((all) => mergeRows([fresh, all]).slice(0, liveKept));
        } catch (error) {
          if (controller.signal.aborted) return;
          // A missed poll loses nothing: the next one asks from the same moment.
          if (!(error instanceof ApiFailure)) throw error;
        }
      }
      if (!controller.signal.aborted) timer = setTimeout(() => void poll(), livePollMs);
    };
    void poll();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [query, live, fromNs]);
  return tail;
}
