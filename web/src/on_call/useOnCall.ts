import type { OnCallAnswer, ResponsesAnswer } from '@trilith/contract';
import { fetchOnCall, fetchResponses } from '../data/onCall.ts';
import { type Answer, useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';

/** Query keys of what a change of on-call makes stale. */
export const onCallKeys = {
  onCall: ['on-call'],
  shifts: ['on-call-shifts'],
  overrides: ['on-call-overrides'],
  responses: ['responses'],
} as const;

/** People, schedules and policies; asked again as often as the page refreshes. */
export function useOnCall(): Answer<OnCallAnswer> {
  const { nowMs } = useTime();
  return useAnswer({ subject: onCallKeys.onCall, at: [nowMs], ask: fetchOnCall });
}

/** What people did about groups of alerts, and the escalations that run. */
export function useResponses(): Answer<ResponsesAnswer> {
  const { nowMs } = useTime();
  return useAnswer({ subject: onCallKeys.responses, at: [nowMs], ask: fetchResponses });
}
