export interface DiffPart {
  readonly text: string;
  /** Where it is: in both texts, only in the older, only in the newer. */
  readonly side: 'both' | 'older' | 'newer';
}

/** Words compared at most: the table of lengths is quadratic. */
const mostWords = 1500;

function words(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

/**
 * Two texts word by word: their longest common subsequence, and what each has besides it. Between what both begin and end
 * with, the first 1,500 words of each are compared; words after them count as different, so that nothing is left out.
 */
export function diffWords(older: string, newer: string): readonly DiffPart[] {
  const [all, others] = [words(older), words(newer)];
  const least = Math.min(all.length, others.length);
  let head = 0;
  while (head < least && all[head] === others[head]) head += 1;
  let foot = 0;
  while (foot < least - head && all[all.length - 1 - foot] === others[others.length - 1 - foot]) foot += 1;
  const [mine, theirs] = [all.slice(head, all.length - foot), others.slice(head, others.length - foot)];
  const a = mine.slice(0, mostWords);
  const b = theirs.slice(0, mostWords);
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
  if (head > 0) add(all.slice(0, head).join(''), 'both');
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
  if (mine.length > mostWords) add(mine.slice(mostWords).join(''), 'older');
  if (theirs.length > mostWords) add(theirs.slice(mostWords).join(''), 'newer');
  if (foot > 0) add(all.slice(all.length - foot).join(''), 'both');
  return parts;
}
