/**
 * The SVG path pieces of a sparkline in a box; gaps break the line. Values scale from zero to the highest of them, or to
 * `reach` where that is higher.
 */
export function sparkPath(
  values: readonly (number | null | undefined)[],
  width: number,
  height: number,
  reach = 0,
): string {
  const max = Math.max(0, reach, ...values.map((value) => value ?? 0));
  if (max === 0 || values.length < 2) return '';
  const step = width / (values.length - 1);
  let pen = 'M';
  let path = '';
  values.forEach((value, at) => {
    if (value === null || value === undefined) {
      pen = 'M';
      return;
    }
    path += `${pen}${(at * step).toFixed(1)} ${(height - 1 - (value / max) * (height - 2)).toFixed(1)}`;
    pen = 'L';
  });
  return path;
}
