import type { TraceSearchAnswer } from '@trilith/contract';
import { searchTraces } from '../data/traces.ts';
import { type Answer, useAnswer } from '../states/useAnswer.ts';
import type { Range } from '../time/range.ts';
import { tracesQuery } from './signalQueries.ts';
import type { SignalsView } from './useSignalsView.ts';

const tracesShown = 100;

/** The newest or slowest traces of a service in some time, each with its longest span of that service. */
export function useServiceTraces(
  name: string,
  { errorsOnly, slowest }: Pick<SignalsView, 'errorsOnly' | 'slowest'>,
  window: Range,
): Answer<TraceSearchAnswer> {
  const query = tracesQuery(name, { errorsOnly });
  const order = slowest ? 'slowest' : 'newest';
  return useAnswer({
    subject: ['service-traces', query, order],
    at: [window.fromMs, window.toMs],
    ask: (signal) => searchTraces({ query, order, column: [], limit: tracesShown, spans: 1 }, window, signal),
  });
}
