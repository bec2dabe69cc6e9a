/** Stretches up to this length are sorted. */
const SHORT = 64;

/**
 * The value that stands at a rank when values are in ascending order, NaN first, and the one after it (itself when there is
 * none). Hoare's selection with the median of three: of time linear in the number of values where sorting takes a
 * logarithm more; what does not get shorter fast enough is sorted. Reorders `values`, which must not be empty.
 * @param rankOfAll 0 to values.length - 1
 */
export function rankedPair(values: Float64Array, rankOfAll: number): readonly [value: number, next: number] {
  const numbers = moveNumbersFirst(values);
  const last = numbers - 1;
  // Those that are NaN are taken to stand in front.
  const rank = rankOfAll - (values.length - numbers);
  if (rank < -1 || numbers === 0) return [Number.NaN, Number.NaN];
  if (rank === -1) return [Number.NaN, least(values.subarray(0, numbers))];
  let low = 0;
  let high = numbers - 1;
  for (let rounds = 2 * Math.log2(numbers); high - low > SHORT && rounds > 0; rounds--) {
    const pivot = medianOfThree(values[low] as number, values[(low + high) >>> 1] as number, values[high] as number);
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] as number) < pivot) left++;
      while ((values[right] as number) > pivot) right--;
      if (left > right) break;
      const moved = values[left] as number;
      values[left++] = values[right] as number;
      values[right--] = moved;
    }
    // What lies between the two equals the pivot.
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else low = high = rank;
  }
  if (low < high) values.subarray(low, high + 1).sort();
  const value = values[rank] as number;
  if (rank === last) return [value, value];
  return [value, least(values.subarray(rank + 1, numbers))];
}

/** Of numbers only. */
function least(values: Float64Array): number {
  let found = Infinity;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) < found) found = values[i] as number;
  return found;
}

/** Moves NaN behind all others, which it counts. */
function moveNumbersFirst(values: Float64Array): number {
  let numbers = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    values[i] = values[numbers] as number;
    values[numbers++] = value;
  }
  return numbers;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
