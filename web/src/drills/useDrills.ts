import { useQueryClient } from '@tanstack/react-query';
import type { DrillsAnswer } from '@trilith/contract';
import { fetchDrills, startDrill } from '../data/drills.ts';
import { useAction } from '../states/useAction.ts';
import { type Answer, useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { goTo } from '../url/view.ts';

const subject = ['drills'] as const;

/** Runs and known drills; asked again as often as the page refreshes. */
export function useDrills(): Answer<DrillsAnswer> {
  const { nowMs } = useTime();
  return useAnswer({ subject, at: [nowMs], ask: fetchDrills });
}

/** Starts a drill and goes to its run. */
export function useStartDrill(): {
  readonly busy: boolean;
  readonly start: (name: string, trueTime: boolean) => void;
} {
  const client = useQueryClient();
  const { busy, run } = useAction();
  return {
    busy,
    start: (name, trueTime) =>
      run(
        () => startDrill(name, trueTime),
        (started) => {
          void client.invalidateQueries({ queryKey: subject });
          if (started !== undefined) goTo(`/drills/${encodeURIComponent(started.id)}`);
        },
      ),
  };
}
