import type { ServicesAnswer } from '@trilith/contract';
import { fetchServices } from '../data/trilith.ts';
import { type Answer, useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { useParam } from '../url/view.ts';

/** The services of the range; `scoped` keeps only the header's service. */
export function useServices(scoped = false): Answer<ServicesAnswer> {
  const { range } = useTime();
  const scope = useScope();
  const service = scoped ? scope : '';
  return useAnswer({
    subject: ['services', service],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchServices(range, service, signal),
  });
}

/** The service chosen in the header; empty for all. */
export function useScope(): string {
  return useParam('scope')[0] ?? '';
}
