import { nanosToMs } from '../../model/nanoseconds.ts';
import type { Rejections } from '../../model/rejections.ts';

export const TRACE_ID_BYTES = 16;
export const SPAN_ID_BYTES = 8;

/** Whether bytes [start, end) are an id: of this length and not all zero. */
export function isId(bytes: Uint8Array, start: number, end: number, length: number): boolean {
  if (end - start !== length) return false;
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return true;
  return false;
}

/** Oldest and newest time accepted, ms since the epoch. */
export interface TimeBounds {
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** The time of a record in ms since the epoch, or -1 after refusing it as too old or too new. */
export function acceptedMs(
  low: number,
  high: number,
  bounds: TimeBounds,
  rejections: Rejections,
  what: string,
): number {
  const ms = nanosToMs(low, high);
  if (ms < bounds.oldestMs) {
    rejections.add(
      'too_old',
      1,
      () => `${what} of ${isoTime(ms)} is too old, oldest acceptable time is ${isoTime(bounds.oldestMs)}`,
    );
    return -1;
  }
  if (ms > bounds.newestMs) {
    rejections.add(
      'too_new',
      1,
      () => `${what} of ${isoTime(ms)} is too new, newest acceptable time is ${isoTime(bounds.newestMs)}`,
    );
    return -1;
  }
  return ms;
}

/** A time for a message; times no Date can hold are shown in milliseconds. */
function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}
