import type { Buckets } from './histogram.ts';

/** Neighbouring buckets: how far after the span before (of the first: its index), and how many. */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** Buckets as spans. */
export function spansOf({ indexes }: Buckets): readonly BucketSpan[] {
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  indexes.forEach((index, i) => {
    const last = spans.at(-1);
    if (last === undefined || index !== next) spans.push({ offset: i === 0 ? index : index - next, length: 1 });
    else last.length++;
    next = index + 1;
  });
  return spans;
}
