import { type LogTailFrame, logTailFrame } from '@trilith/contract';
import { useEffect, useState } from 'react';
import * as v from 'valibot';
import { type LogRow, rowsOf } from './rows.ts';

/** What is followed live, newest first, and how it goes. */
export interface LogTail {
  readonly rows: readonly LogRow[];
  /** Lines a second over the last seconds. */
  readonly rate: number;
  /** Matching lines the server left out because they come faster than they can be shown. */
  readonly dropped: number;
  readonly state: 'off' | 'connecting' | 'open' | 'lost';
  /** Why the server refused; empty otherwise. */
  readonly refusal: string;
}

const off: LogTail = { rows: [], rate: 0, dropped: 0, state: 'off', refusal: '' };
const keptLines = 5000;
const drawEveryMs = 100;
const rateOverMs = 5000;
const firstRetryMs = 500;
const longestRetryMs = 10_000;
/** RFC 6455, 7.4.1: a policy was violated; the server closes so what it will never serve. */
const refusedCode = 1008;

/** Newer lines before older ones, those that came again after a reconnection once. */
export function withNewer(rows: readonly LogRow[], fresh: readonly LogRow[]): readonly LogRow[] {
  const known = new Set(rows.slice(0, keptLines).map((row) => row.id));
  const newer = fresh.filter((row) => !known.has(row.id)).reverse();
  return newer.length === 0 ? rows : [...newer, ...rows].slice(0, keptLines);
}

/** Follows a query over a WebSocket from a moment (ns) on; after a broken connection it goes on where it stopped. */
export function useLogTail(query: string, live: boolean, startNs: string): LogTail {
  const [tail, setTail] = useState(off);
  useEffect(() => {
    setTail(off);
    if (!live) return;
    const follower = follow(query, startNs, setTail);
    return () => follower.stop();
  }, [query, live, startNs]);
  return tail;
}

function tailUrl(query: string, startNs: string): string {
  const params = new URLSearchParams({ query, start: startNs, limit: String(keptLines) });
  return `${window.location.origin.replace(/^http/, 'ws')}/api/logs/tail?${params}`;
}

function follow(query: string, startNs: string, tell: (tail: LogTail) => void): { readonly stop: () => void } {
  let rows: readonly LogRow[] = [];
  let pending: LogRow[] = [];
  let dropped = 0;
  let state: LogTail['state'] = 'connecting';
  let refusal = '';
  let retryMs = firstRetryMs;
  let socket: WebSocket | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let arrivals: { readonly ms: number; readonly lines: number }[] = [];
  let changed = true;
  const draw = setInterval(() => {
    const nowMs = Date.now();
    const recent = arrivals.filter((one) => one.ms > nowMs - rateOverMs);
    if (!changed && recent.length === arrivals.length) return;
    arrivals = recent;
    changed = false;
    rows = withNewer(rows, pending);
    pending = [];
    const rate = arrivals.reduce((sum, one) => sum + one.lines, 0) / (rateOverMs / 1000);
    tell({ rows, rate, dropped, state, refusal });
  }, drawEveryMs);
  const take = (frame: LogTailFrame): void => {
    pending.push(...rowsOf(frame));
    dropped += frame.dropped;
    arrivals.push({ ms: Date.now(), lines: frame.lines.length + frame.dropped });
    changed = true;
  };
  const connect = (): void => {
    socket = new WebSocket(tailUrl(query, pending.at(-1)?.timeNs ?? rows[0]?.timeNs ?? startNs));
    socket.onopen = () => {
      state = 'open';
      retryMs = firstRetryMs;
      changed = true;
    };
    socket.onmessage = (event) => take(v.parse(logTailFrame, JSON.parse(String(event.data))));
    socket.onclose = (event) => {
      changed = true;
      state = 'lost';
      if (event.code === refusedCode) {
        refusal = event.reason;
        return;
      }
      retry = setTimeout(connect, retryMs);
      retryMs = Math.min(longestRetryMs, retryMs * 2);
    };
  };
  connect();
  return {
    stop: () => {
      clearInterval(draw);
      clearTimeout(retry);
      if (socket !== null) socket.onclose = null;
      socket?.close();
    },
  };
}
