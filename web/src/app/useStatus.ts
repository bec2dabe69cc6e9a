import type { StatusAnswer } from '@trilith/contract';
import { fetchStatus } from '../data/trilith.ts';
import { type Answer, useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';

/** How the program itself is doing, asked with every refresh. */
export function useStatus(): Answer<StatusAnswer> {
  const { nowMs } = useTime();
  return useAnswer({ subject: ['status'], at: [nowMs], ask: fetchStatus });
}
