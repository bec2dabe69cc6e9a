import { columnsQuestion, tracesNamed } from '../trace/traceQuestion.ts';
import { queryClient, triesAgain } from './queryClient.ts';

/**
 * Asks for what an address already names, before the frame is drawn: a large trace takes the server as long as the page
 * takes to start. The screen finds the question asked.
 */
export function beginScreen(path: string): void {
  const part = /^\/trace\/([0-9a-f.]{1,80})$/i.exec(path)?.[1];
  if (part === undefined) return;
  const { subject, at, ask } = columnsQuestion(tracesNamed(part).traceId);
  void queryClient.prefetchQuery({
    queryKey: [...subject, ...at],
    queryFn: ({ signal }) => ask(signal),
    retry: triesAgain,
  });
  // What fails here fails again where the screen is shown, and is told of there.
  import('../trace/TraceScreen.tsx').catch(() => {});
}
