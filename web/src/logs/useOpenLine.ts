import { useEffect, useState } from 'react';
import { fetchLogLines } from '../data/logs.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { type LogRow, rowsOf } from './rows.ts';
import type { LogLines } from './useLogLines.ts';
import type { LogView } from './useLogView.ts';

const sameTimeLines = 1000;

/** The open line, by its id in the address: kept while one scrolls away from it, and read from the store when a link names it. */
export function useOpenLine(view: LogView, lines: LogLines): readonly [LogRow | null, (row: LogRow | null) => void] {
  const [kept, setKept] = useState<LogRow | null>(null);
  const id = view.open;
  const at = id === null ? -1 : lines.find(id);
  const listed = at < 0 ? undefined : lines.rowAt(at);
  const known = id === null ? null : (listed ?? (kept?.id === id ? kept : null));
  useEffect(() => {
    if (listed !== undefined) setKept(listed);
  }, [listed]);
  const timeNs = /^(\d{1,19})\./.exec(id ?? '')?.[1] ?? '';
  const answer = useAnswer({
    subject: ['log-line', view.query, id],
    at: [],
    ask: (signal) =>
      fetchLogLines(
        {
          query: view.query,
          startNs: timeNs,
          endNs: String(BigInt(timeNs) + 1n),
          direction: 'forward',
          limit: sameTimeLines,
        },
        signal,
      ),
    enabled: timeNs !== '' && known === null && lines.first === 'here',
  });
  const found = known ?? (answer.data === undefined ? undefined : rowsOf(answer.data).find((row) => row.id === id));
  const set = (row: LogRow | null): void => {
    setKept(row);
    view.set({ line: row?.id ?? null }, { replace: true });
  };
  return [id === null ? null : (found ?? null), set];
}
