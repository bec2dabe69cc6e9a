import { useMemo, useState } from 'react';
import type { LogRow } from './rows.ts';
import type { LogLines } from './useLogLines.ts';

/** Lines a person picked out, in the order of the list. */
export interface Selection {
  readonly rows: readonly LogRow[];
  readonly has: (id: string) => boolean;
  readonly toggle: (row: LogRow, index: number) => void;
  /** Selects everything between the line picked last and this one. */
  readonly extend: (row: LogRow, index: number) => void;
  readonly clear: () => void;
}

const mostSelected = 5000;

function byTime(a: LogRow, b: LogRow): number {
  const [ours, theirs] = [BigInt(a.timeNs), BigInt(b.timeNs)];
  return ours === theirs ? 0 : ours > theirs ? -1 : 1;
}

/** Picked lines are kept whole, wherever one scrolls. */
export function useSelection(lines: LogLines): Selection {
  const [picked, setPicked] = useState<ReadonlyMap<string, LogRow>>(new Map());
  const [last, setLast] = useState(-1);
  const rows = useMemo(() => [...picked.values()].sort(byTime), [picked]);
  return {
    rows,
    has: (id) => picked.has(id),
    toggle: (row, index) => {
      const next = new Map(picked);
      if (!next.delete(row.id)) next.set(row.id, row);
      setPicked(next);
      setLast(index);
    },
    extend: (row, index) => {
      const next = new Map(picked).set(row.id, row);
      const from = last < 0 ? index : Math.min(last, index);
      for (let at = from; at <= Math.max(last, index) && next.size < mostSelected; at += 1) {
        const one = lines.rowAt(at);
        if (one !== undefined) next.set(one.id, one);
      }
      setPicked(next);
      setLast(index);
    },
    clear: () => {
      setPicked(new Map());
      setLast(-1);
    },
  };
}
