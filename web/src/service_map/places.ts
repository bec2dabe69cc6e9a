import type { Point } from './layout.ts';

const storageKey = 'trilith-map-places';
const mostKept = 500;

/** Nodes that were moved by hand, by layout and id, as this browser keeps them. */
export type Places = ReadonlyMap<string, Point>;

export const noPlaces: Places = new Map();

export function readPlaces(): Places {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    if (!Array.isArray(value)) return noPlaces;
    return new Map(
      value.flatMap((one: unknown): [string, Point][] => {
        if (!Array.isArray(one)) return [];
        const [id, x, y]: unknown[] = one;
        return typeof id === 'string' && typeof x === 'number' && typeof y === 'number' ? [[id, { x, y }]] : [];
      }),
    );
  } catch {
    // Storage is closed or holds something else: then nothing was moved.
    return noPlaces;
  }
}

export function keepPlaces(places: Places): void {
  try {
    const newest = [...places].slice(-mostKept);
    localStorage.setItem(
      storageKey,
      JSON.stringify(newest.map(([id, { x, y }]) => [id, Math.round(x), Math.round(y)])),
    );
  } catch {
    // Storage is full or closed: the nodes stay where they are until the page is left.
  }
}
