export interface DiffPart {
  readonly text: string;
  /** Where it is: in both texts, only in the older, only in the newer. */
  readonly side: 'both' | 'older' | 'newer';
}

/** Words compared at most: the table of lengths is quadratic. */
const mostWords = 1500;

function words(text: string): readonly string[] {
  return (text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []).slice(0, mostWords);
}

/** Two texts word by word: their longest common subsequence, and what each has besides it. */
export function diffWords(older: string, newer: string): readonly DiffPart[] {
  const a = words(older);
  const b = words(newer);
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
  const parts: DiffPart[] = [];
  const add = (text: string, side: DiffPart['side']): void => {
    const last = parts.at(-1);
    if (last?.side === side) parts[parts.length - 1] = { text: last.text + text, side };
    else parts.push({ text, side });
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add(a[i] ?? '', 'both');
      i += 1;
      j += 1;
    } else if (
      j >= b.length ||
      (i < a.length && (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0))
    ) {
      add(a[i] ?? '', 'older');
      i += 1;
    } else {
      add(b[j] ?? '', 'newer');
      j += 1;
    }
  }
  return parts;
}
