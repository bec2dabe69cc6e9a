import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { type Answer, type Question, toFailure } from './useAnswer.ts';

/** Several questions at once, each with the state of its own answer; as {@link Answer} for one. */
export function useAnswers<T>(questions: readonly Question<T>[]): readonly Answer<T>[] {
  const client = useQueryClient();
  const queries = questions.map(({ subject, at, ask, enabled = true }) => ({
    queryKey: [...subject, ...at],
    queryFn: ({ signal }: { readonly signal: AbortSignal }) => ask(signal),
    enabled,
  }));
  const results = useQueries({ queries });
  const keys = questions.map(({ subject }) => JSON.stringify(subject));
  const last = useRef(new Map<string, { readonly data: T; readonly dataMs: number }>());
  useEffect(() => {
    const kept = new Map<string, { readonly data: T; readonly dataMs: number }>();
    keys.forEach((key, at) => {
      const result = results[at];
      const known =
        result?.data === undefined ? last.current.get(key) : { data: result.data, dataMs: result.dataUpdatedAt };
      if (known !== undefined) kept.set(key, known);
    });
    last.current = kept;
  });
  return results.map((result, at) => {
    const remembered = last.current.get(keys[at] ?? '');
    const enabled = questions[at]?.enabled ?? true;
    return {
      data: result.data ?? (enabled ? remembered?.data : undefined),
      dataMs: result.data === undefined ? (remembered?.dataMs ?? 0) : result.dataUpdatedAt,
      failure: result.error === null ? null : toFailure(result.error),
      loading: result.fetchStatus === 'fetching',
      cancelled: enabled && result.status === 'pending' && result.fetchStatus === 'idle',
      cancel: () => void client.cancelQueries({ queryKey: queries[at]?.queryKey ?? [] }),
      retry: () => void result.refetch(),
    };
  });
}
