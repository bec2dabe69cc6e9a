import { useCallback, useMemo } from 'react';
import { useView } from '../url/view.ts';
import { type Pill, pills, type SpanFilter } from './spanFilter.ts';

export const traceForms = ['waterfall', 'flame', 'table', 'statistics', 'around'] as const;
export type TraceForm = (typeof traceForms)[number];

export interface TraceView {
  readonly form: TraceForm;
  readonly filter: SpanFilter;
  /** Id of the chosen span. */
  readonly selected: string | null;
  readonly withLogs: boolean;
  readonly folded: boolean;
  /** Clocks of services are put right. */
  readonly adjusted: boolean;
  /** The zoomed part as the URL holds it. */
  readonly zoom: string | null;
  /** Id of the trace it is compared with. */
  readonly against: string | null;
  /** By what the statistics are put together: `service`, `operation` or the name of an attribute. */
  readonly by: string;
  readonly set: (patch: Partial<TraceParams>) => void;
  readonly toggleService: (name: string) => void;
}

/** The parameters of a trace's address. */
export interface TraceParams {
  readonly view: string | null;
  readonly find: string | null;
  readonly pill: string | null;
  readonly infra: string | null;
  readonly hide: string | null;
  readonly min: string | null;
  readonly span: string | null;
  readonly logs: string | null;
  readonly fold: string | null;
  readonly clocks: string | null;
  readonly zoom: string | null;
  readonly vs: string | null;
  readonly by: string | null;
}

function oneOf<T extends string>(list: readonly T[], text: string | null, fallback: T): T {
  return list.find((one) => one === text) ?? fallback;
}

/** What the trace page shows, from the URL. */
export function useTraceView(): TraceView {
  const { params, set: setAll } = useView();
  const hide = params.get('hide') ?? '';
  const hidden = useMemo(() => new Set(hide.split(',').filter((name) => name !== '')), [hide]);
  const set = useCallback((patch: Partial<TraceParams>) => setAll({ ...patch }, { replace: true }), [setAll]);
  const toggleService = useCallback(
    (name: string) => {
      const next = new Set(hidden);
      if (!next.delete(name)) next.add(name);
      set({ hide: [...next].join(',') });
    },
    [hidden, set],
  );
  const find = params.get('find') ?? '';
  const pill = oneOf<Pill>(pills, params.get('pill'), 'all');
  const min = Number(params.get('min'));
  const minMs = Number.isFinite(min) && min > 0 ? min : 0;
  const hideInfra = params.get('infra') === 'hide';
  // The same object while nothing of it changes: a hundred thousand spans are sifted by it.
  const filter = useMemo<SpanFilter>(
    () => ({ text: find, pill, hiddenServices: hidden, minMs, hideInfra }),
    [find, pill, hidden, minMs, hideInfra],
  );
  return useMemo(
    () => ({
      form: oneOf(traceForms, params.get('view'), 'waterfall'),
      filter,
      selected: params.get('span'),
      withLogs: params.get('logs') !== 'off',
      folded: params.get('fold') !== 'off',
      adjusted: params.get('clocks') === 'adjusted',
      zoom: params.get('zoom'),
      against: params.get('vs'),
      by: params.get('by') ?? 'operation',
      set,
      toggleService,
    }),
    [params, filter, set, toggleService],
  );
}
