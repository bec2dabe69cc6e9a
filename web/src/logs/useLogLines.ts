import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { ApiFailure } from '../data/http.ts';
import { fetchLogLines } from '../data/logs.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { LogPager } from './LogPager.ts';
import { indexOfRow, rowAt } from './pages.ts';
import { type LogRow, rowsOf } from './rows.ts';
import { type LogTail, useLogTail } from './useLogTail.ts';

/** The list of lines as the views draw it: by number, newest first, drawn only where one looks. */
export interface LogLines {
  /** Lines one can scroll through so far. */
  readonly count: number;
  /** The line of a number; undefined while it is read again. */
  readonly rowAt: (index: number) => LogRow | undefined;
  /** What stays the same for a line when others come before it. */
  readonly keyAt: (index: number) => string | number;
  /** The number of a line, -1 when it is not in memory. */
  readonly find: (id: string) => number;
  /** Tells which lines are seen. */
  readonly show: (first: number, last: number) => void;
  /** Lines that arrived while the reader was elsewhere in the list. */
  readonly waiting: number;
  readonly tail: LogTail;
  readonly first: 'loading' | 'cancelled' | 'failed' | 'here';
  readonly failure: ApiFailure | null;
  readonly loading: boolean;
  /** When these lines came (ms), if they are still shown because the server does not answer; else null. */
  readonly staleMs: number | null;
  readonly atEnd: boolean;
  readonly retry: () => void;
  readonly cancel: () => void;
}

interface Options {
  readonly query: string;
  readonly enabled: boolean;
  readonly live: boolean;
  /** True while the reader has left the top or opened a line: then nothing moves. */
  readonly held: boolean;
  /** Lines later than this moment (ms) are left out. */
  readonly atMs: number | null;
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

interface Shown {
  readonly query: string;
  readonly pager: LogPager;
  /** When its lines came (ms), if a refresh after it failed. */
  readonly staleMs: number | null;
  readonly cameMs: number;
}

/** Whether the lines shown stay although a refresh failed: those of this query, when the server is away or in trouble. */
function outlasts(was: Shown, query: string, failure: ApiFailure | null): boolean {
  const troubled = failure !== null && (failure.status === 0 || failure.status >= 500);
  return troubled && was.query === query && was.pager.snapshot().pages.count > 0;
}

/** A pager of the query and range; while a refresh is under way, or when the server is away, the one before goes on being shown. */
function usePager(query: string, startNs: string, endNs: string, enabled: boolean): Shown {
  const pager = useMemo(
    () =>
      new LogPager(async (page, signal) => {
        const answer = await fetchLogLines({ query, startNs, endNs, direction: 'backward', ...page }, signal);
        return { rows: rowsOf(answer), next: answer.next };
      }),
    [query, startNs, endNs],
  );
  const [shown, setShown] = useState<Shown>({ query, pager, staleMs: null, cameMs: Date.now() });
  useEffect(() => {
    if (!enabled) return;
    const take = (): void => {
      const { first, failure } = pager.snapshot();
      if (first === 'loading') return;
      setShown((was) => {
        if (was.pager === pager) return was;
        if (first === 'failed' && outlasts(was, query, failure)) return { ...was, staleMs: was.cameMs };
        return { query, pager, staleMs: null, cameMs: Date.now() };
      });
    };
    const stop = pager.subscribe(take);
    pager.show(0, 0);
    return stop;
  }, [pager, query, enabled]);
  useEffect(() => () => pager.stop(), [pager]);
  return shown.query === query ? shown : { query, pager, staleMs: null, cameMs: 0 };
}

/** The lines of a query, newest first: what is new while live, then pages into the past. */
export function useLogLines({ query, enabled, live, held, atMs }: Options): LogLines {
  const anchor = useAnchor(query, held || live);
  const startNs = `${Math.floor(anchor.fromMs)}000000`;
  const endNs = `${Math.ceil(Math.min(anchor.toMs, atMs ?? anchor.toMs))}000000`;
  const { pager, staleMs } = usePager(query, startNs, endNs, enabled);
  const { pages, first, failure, loading } = useSyncExternalStore(pager.subscribe, pager.snapshot);
  const tail = useLogTail(query, live && enabled, endNs);
  const [heldTail, setHeldTail] = useState<readonly LogRow[] | null>(null);
  useEffect(() => setHeldTail((was) => (held ? (was ?? tail.rows) : null)), [held, tail.rows]);
  const newest = held ? (heldTail ?? tail.rows) : tail.rows;
  const before = newest.length;
  const shift = useRef(before);
  shift.current = before;
  const show = useCallback(
    (from: number, to: number) => pager.show(Math.max(0, from - shift.current), Math.max(0, to - shift.current)),
    [pager],
  );
  return {
    count: before + pages.count,
    rowAt: (index) => (index < before ? newest[index] : rowAt(pages, index - before)),
    keyAt: (index) => (index < before ? (newest[index]?.id ?? index) : index - before),
    find: (id) => {
      const at = newest.findIndex((row) => row.id === id);
      if (at >= 0) return at;
      const paged = indexOfRow(pages, id);
      return paged < 0 ? -1 : before + paged;
    },
    show,
    waiting: tail.rows.length - before,
    tail,
    first,
    failure,
    loading,
    atEnd: pages.ended,
    staleMs,
    retry: pager.retry,
    cancel: pager.cancel,
  };
}
