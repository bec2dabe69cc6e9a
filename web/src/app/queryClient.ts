import { QueryClient } from '@tanstack/react-query';
import { ApiFailure } from '../data/http.ts';

/** One more try when the server could not be reached or was just restarting; a refusal is final. */
export function triesAgain(failures: number, error: Error): boolean {
  return failures < 1 && error instanceof ApiFailure && [0, 502, 503, 504].includes(error.status);
}

/** What the page has asked the server for. */
export const queryClient = new QueryClient({
  // The browser's idea of being offline says nothing about a server on this machine.
  defaultOptions: {
    queries: { networkMode: 'always', staleTime: 5000, gcTime: 60_000, refetchOnWindowFocus: false, retry: triesAgain },
  },
});
