import { useMemo } from 'react';
import { useView } from '../url/view.ts';
import type { WaterfallFilter } from './waterfall.ts';

export interface TraceView {
  readonly filter: WaterfallFilter;
  readonly selected: string | null;
  readonly withLogs: boolean;
  readonly setText: (text: string) => void;
  readonly setPill: (pill: WaterfallFilter['pill']) => void;
  readonly toggleService: (name: string) => void;
  readonly select: (spanId: string | null) => void;
  readonly setWithLogs: (on: boolean) => void;
}

/** What the trace page shows, from the URL. */
export function useTraceView(): TraceView {
  const { params, set } = useView();
  return useMemo(() => {
    const pillText = params.get('pill');
    const pill = pillText === 'errors' || pillText === 'slow' || pillText === 'critical' ? pillText : 'all';
    const hidden = new Set((params.get('hide') ?? '').split(',').filter((name) => name !== ''));
    return {
      filter: { text: params.get('find') ?? '', pill, hiddenServices: hidden },
      selected: params.get('span'),
      withLogs: params.get('logs') !== 'off',
      setText: (text) => set({ find: text }, { replace: true }),
      setPill: (next) => set({ pill: next === 'all' ? null : next }, { replace: true }),
      toggleService: (name) => {
        const next = new Set(hidden);
        if (!next.delete(name)) next.add(name);
        set({ hide: [...next].join(',') }, { replace: true });
      },
      select: (spanId) => set({ span: spanId }, { replace: true }),
      setWithLogs: (on) => set({ logs: on ? null : 'off' }, { replace: true }),
    };
  }, [params, set]);
}
