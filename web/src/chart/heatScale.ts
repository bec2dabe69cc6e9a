import { type Range, stepFor } from '../time/range.ts';
import type { Theme } from './palette.ts';

/** Stops of one hue by growing weight, the lightest first: red, green and amber keep their meaning elsewhere. */
const stops: Readonly<Record<Theme, readonly (readonly [number, number, number])[]>> = {
  dark: [
    [28, 44, 78],
    [38, 84, 158],
    [76, 154, 255],
    [150, 208, 255],
    [240, 250, 255],
  ],
  light: [
    [222, 235, 252],
    [150, 196, 250],
    [66, 134, 232],
    [20, 78, 168],
    [8, 30, 84],
  ],
};

/** The colour of a share of the fullest cell; by square root, so that the thin ones are seen too. */
export function heatColor(share: number, theme: Theme): string {
  const scale = stops[theme];
  const place = Math.sqrt(Math.min(1, Math.max(0, share))) * (scale.length - 1);
  const at = Math.min(scale.length - 2, Math.floor(place));
  const mix = [0, 1, 2].map((channel) => {
    const from = scale[at]?.[channel] ?? 0;
    const to = scale[at + 1]?.[channel] ?? 0;
    return Math.round(from + (to - from) * (place - at));
  });
  return `rgb(${mix.join(',')})`;
}

const roomPx = 26;

/** The bounds that are written at the axis: `row` counts edges from below. */
export function tickRows(
  rows: readonly { readonly low: number; readonly high: number }[],
  heightPx: number,
): readonly { readonly row: number; readonly value: number }[] {
  const every = Math.max(1, Math.ceil((roomPx * rows.length) / heightPx));
  const edges = [rows[0]?.low ?? 0, ...rows.map(({ high }) => high)];
  return edges.map((value, row) => ({ row, value })).filter(({ row }) => row % every === 0);
}

/** Tidy moments inside a range, about `wanted` of them. */
export function timeTicks(
  range: Range,
  wanted: number,
): { readonly times: readonly number[]; readonly stepMs: number } {
  const stepMs = stepFor(range, wanted);
  const times: number[] = [];
  for (let ms = Math.ceil(range.fromMs / stepMs) * stepMs; ms <= range.toMs; ms += stepMs) times.push(ms);
  return { times, stepMs };
}
