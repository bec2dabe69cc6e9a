import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ApiFailure } from '../data/http.ts';

/** A question and what is known of its answer: fresh, last good, or why there is none. */
export interface Answer<T> {
  /** The last good answer to this subject; kept on screen while a refresh runs or fails. */
  readonly data: T | undefined;
  /** When `data` came (ms). */
  readonly dataMs: number;
  readonly failure: ApiFailure | null;
  readonly loading: boolean;
  readonly cancelled: boolean;
  readonly cancel: () => void;
  readonly retry: () => void;
}

export interface Question<T> {
  /** What is asked, without the moment: answers to another subject are never shown for this one. */
  readonly subject: readonly unknown[];
  /** The moment or range it is asked for. */
  readonly at: readonly unknown[];
  readonly ask: (signal: AbortSignal) => Promise<T>;
  readonly enabled?: boolean;
}

/** What a question failed with, as our own error. */
export function toFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure({
    status: 0,
    code: 'page',
    message: String(error),
    setting: null,
    requestId: '',
    position: null,
  });
}

/** Asks through the query cache: equal questions share one request, the request is aborted when nobody looks any more. */
export function useAnswer<T>({ subject, at, ask, enabled = true }: Question<T>): Answer<T> {
  const client = useQueryClient();
  const queryKey = [...subject, ...at];
  const query = useQuery({ queryKey, queryFn: ({ signal }) => ask(signal), enabled });
  const subjectKey = JSON.stringify(subject);
  const last = useRef<{ readonly subjectKey: string; readonly data: T; readonly dataMs: number } | null>(null);
  useEffect(() => {
    if (query.data !== undefined) last.current = { subjectKey, data: query.data, dataMs: query.dataUpdatedAt };
  }, [query.data, query.dataUpdatedAt, subjectKey]);
  const remembered = last.current !== null && last.current.subjectKey === subjectKey ? last.current : null;
  return {
    data: query.data ?? (enabled ? remembered?.data : undefined),
    dataMs: query.data === undefined ? (remembered?.dataMs ?? 0) : query.dataUpdatedAt,
    failure: query.error === null ? null : toFailure(query.error),
    loading: query.fetchStatus === 'fetching',
    cancelled: enabled && query.status === 'pending' && query.fetchStatus === 'idle',
    cancel: () => void client.cancelQueries({ queryKey }),
    retry: () => void query.refetch(),
  };
}
