import { useEffect } from 'react';
import type { AskedRow } from './formula.ts';
import type { Letter } from './queryRows.ts';
import { type Remark, remarksOf } from './remarks.ts';

export type RowRemarks = ReadonlyMap<Letter, readonly Remark[]>;

interface Answered {
  readonly asked: AskedRow;
  readonly data: { readonly warnings: readonly string[]; readonly infos: readonly string[] } | undefined;
}

/** Remarks by row, told to the page when they change: its editors underline them. */
export function useRemarks(answers: readonly Answered[], onRemarks: (remarks: RowRemarks) => void): RowRemarks {
  const remarks = new Map<Letter, readonly Remark[]>();
  for (const { asked, data } of answers) {
    if (data === undefined) continue;
    const found = remarksOf(asked.query, data);
    // What is asked of a formula is not what is written in its box, so its remarks have no place there.
    const placed = asked.row.formula ? found.map((one) => ({ ...one, from: null, to: null })) : found;
    const known = remarks.get(asked.row.letter) ?? [];
    const fresh = placed.filter(
      (one) => !known.some((other) => other.message === one.message && other.from === one.from),
    );
    if (fresh.length > 0) remarks.set(asked.row.letter, [...known, ...fresh]);
  }
  const key = JSON.stringify([...remarks]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the remarks.
  useEffect(() => onRemarks(remarks), [key]);
  return remarks;
}
