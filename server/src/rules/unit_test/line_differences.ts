/** Lines compared one with each other at most: longer texts are shown one after the other. */
const MOST_CELLS = 1_000_000;

/** Two texts as one: `-` before lines only the first has, `+` before those only the second has, by longest common subsequence. */
export function lineDifferences(before: string, after: string): string {
  const [left, right] = [before.split('\n'), after.split('\n')];
  const removed = (line: string): string => `-${line}`;
  const added = (line: string): string => `+${line}`;
  if (left.length * right.length > MOST_CELLS) return [...left.map(removed), ...right.map(added)].join('\n');
  const width = right.length + 1;
  // common[i * width + j]: how many lines the texts from line i and line j on have in common.
  const common = new Uint32Array((left.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      common[i * width + j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      lines.push(` ${left[i++]}`);
      j++;
    } else if (j >= right.length || (i < left.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push(removed(left[i++] ?? ''));
    else lines.push(added(right[j++] ?? ''));
  }
  return lines.join('\n');
}
