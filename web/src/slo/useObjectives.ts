import type { SloList } from '@trilith/contract';
import { fetchObjectives } from '../data/slo.ts';
import { type Answer, useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';

/** All objectives, the least budget first; asked again as often as the page refreshes. */
export function useObjectives(): Answer<SloList> {
  const { nowMs } = useTime();
  return useAnswer({ subject: ['objectives'], at: [nowMs], ask: fetchObjectives });
}
