import { useMemo } from 'react';
import { useScope } from '../app/useServices.ts';
import { type Patch, useView } from '../url/view.ts';
import { everything, fromTraceql, toTraceql } from './formQuery.ts';
import { defaultLimit, formOf, isTraceOrder, type TraceForm, type TraceOrder } from './searchForm.ts';
import { readSelection, type Selection } from './selection.ts';

export const traceLists = ['traces', 'spans', 'operations', 'structure'] as const;
export type TraceList = (typeof traceLists)[number];

export interface TracesView {
  /** The TraceQL that is asked. */
  readonly query: string;
  /** The query as a form; null where it says more than a form can. */
  readonly form: TraceForm | null;
  readonly list: TraceList;
  readonly order: TraceOrder;
  readonly limit: number;
  /** Fields shown as columns, as TraceQL writes them. */
  readonly columns: readonly string[];
  readonly selection: Selection | null;
  /** Whether found traces are drawn over the durations. */
  readonly points: boolean;
  /** Whether of the structure only what leads to errors is shown. */
  readonly errorPaths: boolean;
  readonly set: (patch: Patch, options?: { readonly replace?: boolean }) => void;
  /** Asks for something else; what belonged to the last query goes. */
  readonly ask: (query: string) => void;
}

const formParameters = ['service', 'operation', 'min', 'max', 'status', 'attr', 'kind'] as const;

/** The change of the address that asks for a query: the form's own words give way to it. */
export function queryPatch(query: string): Patch {
  const gone = Object.fromEntries(formParameters.map((name) => [name, null]));
  return { ...gone, q: query.trim() === '' ? everything : query.trim(), sel: null };
}

/** Everything the search for traces shows, from the URL. */
export function useTracesView(): TracesView {
  const view = useView();
  const scope = useScope();
  const { params } = view;
  return useMemo(() => {
    const written = params.get('q');
    const own = formOf(params, scope);
    const query = written === null || written.trim() === '' ? toTraceql(own) : written;
    const conditions = fromTraceql(query);
    const order = params.get('order');
    return {
      query,
      form: conditions === null ? null : { ...conditions, limit: own.limit },
      list: traceLists.find((one) => one === params.get('list')) ?? 'traces',
      order: isTraceOrder(order) ? order : 'newest',
      limit: own.limit || defaultLimit,
      columns: (params.get('cols') ?? '').split(',').filter((name) => name !== ''),
      selection: readSelection(params.get('sel')),
      points: params.get('points') !== 'off',
      errorPaths: params.get('paths') === 'errors',
      set: view.set,
      ask: (next) => view.set(queryPatch(next)),
    };
  }, [params, scope, view.set]);
}
