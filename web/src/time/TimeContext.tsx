import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { useView } from '../url/view.ts';
import { absolute, defaultRange, isLive, type Range, type RawRange, resolveRange } from './range.ts';
import { isZone, type Zone } from './zone.ts';

export interface TimeView {
  readonly raw: RawRange;
  /** The range as milliseconds, as of `nowMs`. Screens ask for exactly this. */
  readonly range: Range;
  readonly zone: Zone;
  /** When the range was last resolved. */
  readonly nowMs: number;
  /** Milliseconds between refreshes; 0 when off. */
  readonly refreshMs: number;
  /** True while the page refreshes itself. */
  readonly running: boolean;
  readonly canUndo: boolean;
  readonly setRange: (raw: RawRange) => void;
  readonly zoomTo: (range: Range) => void;
  readonly undo: () => void;
  readonly setZone: (zone: Zone) => void;
  readonly setRefresh: (ms: number) => void;
  readonly refresh: () => void;
}

const TimeContext = createContext<TimeView | null>(null);

export function useTime(): TimeView {
  const view = useContext(TimeContext);
  if (view === null) throw new Error('useTime outside TimeProvider');
  return view;
}

/** `10s` or `1m` as milliseconds; 0 for anything else. */
function refreshMsOf(text: string | null): number {
  const match = /^(\d{1,4})([sm])$/.exec(text ?? '');
  if (match === null) return 0;
  return Number(match[1]) * (match[2] === 'm' ? 60_000 : 1000);
}

function refreshText(ms: number): string {
  if (ms === 0) return 'off';
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`;
}

const defaultRefresh = '10s';

export function TimeProvider({ children }: { readonly children: ReactNode }) {
  const { params, set } = useView();
  const from = params.get('from') ?? defaultRange.from;
  const to = params.get('to') ?? defaultRange.to;
  const zoneText = params.get('tz') ?? 'local';
  const zone = isZone(zoneText) ? zoneText : 'local';
  const refreshMs = refreshMsOf(params.get('refresh') ?? defaultRefresh);
  const [nowMs, setNow] = useState(() => Date.now());
  const past = useRef<RawRange[]>([]);

  const raw = useMemo<RawRange>(() => ({ from, to }), [from, to]);
  const range = useMemo(
    () =>
      resolveRange(raw, nowMs, zone) ??
      resolveRange(defaultRange, nowMs, zone) ?? { fromMs: nowMs - 3_600_000, toMs: nowMs },
    [raw, nowMs, zone],
  );
  const refresh = useCallback(() => setNow(Date.now()), []);
  const running = refreshMs > 0 && isLive(raw);

  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => {
      if (!document.hidden) refresh();
    }, refreshMs);
    const onVisible = (): void => {
      if (!document.hidden) refresh();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [running, refreshMs, refresh]);

  const setRange = useCallback(
    (next: RawRange) => {
      past.current = [...past.current.slice(-49), raw];
      setNow(Date.now());
      set({ from: next.from, to: next.to });
    },
    [raw, set],
  );
  const undo = useCallback(() => {
    const last = past.current.pop();
    if (last === undefined) return;
    setNow(Date.now());
    set({ from: last.from, to: last.to });
  }, [set]);

  const value = useMemo<TimeView>(
    () => ({
      raw,
      range,
      zone,
      nowMs,
      refreshMs,
      running,
      canUndo: past.current.length > 0,
      setRange,
      zoomTo: (next) => setRange(absolute(next)),
      undo,
      setZone: (next) => set({ tz: next === 'local' ? null : next }),
      setRefresh: (ms) => set({ refresh: ms === refreshMsOf(defaultRefresh) ? null : refreshText(ms) }),
      refresh,
    }),
    [raw, range, zone, nowMs, refreshMs, running, setRange, undo, set, refresh],
  );
  return <TimeContext.Provider value={value}>{children}</TimeContext.Provider>;
}
