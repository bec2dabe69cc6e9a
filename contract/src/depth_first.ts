/**
 * The rows of a forest depth first: each before its children, and these, like the roots, in a given order. Iterative, so
 * that a chain of a hundred thousand rows does no harm.
 * @param parents by row: the row of the parent, below zero for a root; without cycles
 * @param order every row once
 */
export function depthFirst(parents: ArrayLike<number>, order: ArrayLike<number>): Int32Array<ArrayBuffer> {
  const count = order.length;
  const firstChild = new Int32Array(count).fill(-1);
  const nextSibling = new Int32Array(count).fill(-1);
  let first = -1;
  for (let at = count - 1; at >= 0; at -= 1) {
    const row = order[at] ?? 0;
    const parent = parents[row] ?? -1;
    nextSibling[row] = parent < 0 ? first : (firstChild[parent] ?? -1);
    if (parent < 0) first = row;
    else firstChild[parent] = row;
  }
  const rows = new Int32Array(count);
  let out = 0;
  for (let row = first; row >= 0; ) {
    rows[out] = row;
    out += 1;
    const child = firstChild[row] ?? -1;
    if (child >= 0) {
      row = child;
      continue;
    }
    while (row >= 0 && (nextSibling[row] ?? -1) < 0) row = parents[row] ?? -1;
    if (row >= 0) row = nextSibling[row] ?? -1;
  }
  return rows;
}
