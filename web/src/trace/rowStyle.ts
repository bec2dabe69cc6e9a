import type { Bar } from './timeWindow.ts';

const indentPx = 12;
const deepestIndent = 22;

/** How far a row's label stands in, by its depth. */
export function indent(depth: number): { readonly paddingLeft: number } {
  return { paddingLeft: 6 + Math.min(depth, deepestIndent) * indentPx };
}

/** Where a bar leaves room for its duration, in percent of the track: behind it, before it, else upon its end. */
export function durationPlace(bar: Bar): 'after' | 'before' | 'inside' {
  if (bar.left + bar.width <= 82) return 'after';
  return bar.left >= 18 ? 'before' : 'inside';
}

export function durationStyle(bar: Bar): { readonly left: string } | { readonly right: string } {
  const place = durationPlace(bar);
  if (place === 'after') return { left: `${bar.left + bar.width}%` };
  return { right: `${place === 'before' ? 100 - bar.left : 100 - bar.left - bar.width}%` };
}
