import type { Bar } from './timeWindow.ts';

const indentPx = 12;
const deepestIndent = 22;

/** How far a row's label stands in, by its depth; a part of a narrow label is always left for the name. */
export function indent(depth: number): { readonly paddingLeft: string } {
  return { paddingLeft: `min(${6 + Math.min(depth, deepestIndent) * indentPx}px, 60%)` };
}

/** Percent of the track that a duration takes, and one with a word beside it. */
export const durationRoom = { short: 18, long: 36 } as const;

/** Where a bar leaves room for its duration (percent of the track): behind it, before it, else upon its end. */
export function durationPlace(bar: Bar, room: number = durationRoom.short): 'after' | 'before' | 'inside' {
  if (bar.left + bar.width <= 100 - room) return 'after';
  return bar.left >= room ? 'before' : 'inside';
}

export function durationStyle(bar: Bar, room?: number): { readonly left: string } | { readonly right: string } {
  const place = durationPlace(bar, room);
  if (place === 'after') return { left: `${bar.left + bar.width}%` };
  return { right: `${place === 'before' ? 100 - bar.left : 100 - bar.left - bar.width}%` };
}
