import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTitle } from '../app/useTitle.ts';
import { fetchTraceOverview, searchTraces } from '../data/traces.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { everything } from './formQuery.ts';
import { serverOrder } from './searchForm.ts';
import { TraceOverview } from './TraceOverview.tsx';
import { TraceResults } from './TraceResults.tsx';
import { TraceSearchBar } from './TraceSearchBar.tsx';
import { useTraceKeys } from './useTraceKeys.ts';
import { useTracesView } from './useTracesView.ts';

const stepsWanted = 90;
/** Matching spans asked for of each trace: enough for its point, and for the list of spans. */
const spansOfTrace = 3;
const spansOfList = 20;

/** Explore traces: the query, what it selects over time and by duration, and the list. */
export function TracesScreen() {
  const { t } = useTranslation();
  const view = useTracesView();
  const { range } = useTime();
  const [cursor, setCursor] = useState(-1);
  useTitle(view.query === everything ? '' : view.query, t('traces.title'));
  const spans = view.list === 'spans' ? spansOfList : spansOfTrace;
  const order = serverOrder(view.order);
  const found = useAnswer({
    subject: ['traces', view.query, order, view.columns, view.limit, spans],
    at: [range.fromMs, range.toMs],
    ask: (signal) =>
      searchTraces({ query: view.query, order, column: view.columns, limit: view.limit, spans }, range, signal),
  });
  const overview = useAnswer({
    subject: ['trace-overview', view.query],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchTraceOverview(view.query, range, stepsWanted, signal),
  });
  const traces = found.data?.traces ?? [];
  useTraceKeys({ view, traces, cursor, setCursor });
  return (
    <div className="traces">
      <h1 className="visually-hidden">{t('traces.title')}</h1>
      <TraceSearchBar view={view} />
      {found.failure?.code !== 'bad_query' && <TraceOverview view={view} answer={overview} traces={traces} />}
      <TraceResults view={view} found={found} overview={overview} cursor={cursor} />
    </div>
  );
}
