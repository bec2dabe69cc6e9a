import { useMemo } from 'react';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { useView, type View } from '../url/view.ts';
import { chosenOf } from './chosen.ts';

/** What Service → Logs + Traces shows, as its address holds it. */
export interface SignalsView {
  /** The chosen stretch of time within the range; null: all of it. */
  readonly chosen: Range | null;
  /** What the lists show: the chosen stretch, else the range. */
  readonly window: Range;
  readonly errorsOnly: boolean;
  readonly slowest: boolean;
  /** Words lines must contain. */
  readonly words: string;
  /** Only the lines of this trace; empty: of all. */
  readonly traceId: string;
  /** Which list a narrow screen shows. */
  readonly list: 'lines' | 'traces';
  readonly choose: (range: Range | null) => void;
  readonly set: View['set'];
}

/** The view's state: the address and the way to change it. */
export function useSignalsView(): SignalsView {
  const { params, set } = useView();
  const { range } = useTime();
  return useMemo(() => {
    const chosen = chosenOf(params.get('win'), range);
    return {
      chosen,
      window: chosen ?? range,
      errorsOnly: params.get('errors') === '1',
      slowest: params.get('order') === 'slowest',
      words: params.get('words') ?? '',
      traceId: params.get('trace') ?? '',
      list: params.get('list') === 'traces' ? 'traces' : 'lines',
      choose: (next) =>
        set({ win: next === null ? null : `${Math.round(next.fromMs)}-${Math.round(next.toMs)}` }, { replace: true }),
      set,
    };
  }, [params, range, set]);
}
