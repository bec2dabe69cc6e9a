/** `utc`, `local` (the browser's), or an IANA name. */
export type Zone = string;

/** The IANA name behind a zone choice. */
export function zoneName(zone: Zone): string {
  if (zone === 'utc') return 'UTC';
  if (zone === 'local') return Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone;
}

/** True when the runtime knows the zone. */
export function isZone(zone: string): boolean {
  if (zone === 'utc' || zone === 'local') return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    // A RangeError is the documented answer for an unknown zone.
    return false;
  }
}

/** A moment as a wall clock shows it. `month` counts from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function wallFormat(name: string): Intl.DateTimeFormat {
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(name, format);
  }
  return format;
}

/** What the clock in `zone` shows at `epochMs`. */
export function wallTime(epochMs: number, zone: Zone): WallTime {
  const parts = new Map(
    wallFormat(zoneName(zone))
      .formatToParts(epochMs)
      .map((part) => [part.type, Number(part.value)]),
  );
  return {
    year: parts.get('year') ?? 1970,
    month: parts.get('month') ?? 1,
    day: parts.get('day') ?? 1,
    hour: parts.get('hour') ?? 0,
    minute: parts.get('minute') ?? 0,
    second: parts.get('second') ?? 0,
    ms: ((epochMs % 1000) + 1000) % 1000,
  };
}

function asUtc(wall: WallTime): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.ms);
}

/**
 * The moment at which the clock in `zone` shows `wall`; fields may overflow (`day: 32`). In a skipped hour the moment
 * after the gap, in a repeated hour the first one.
 */
export function momentOf(wall: WallTime, zone: Zone): number {
  const target = asUtc(wall);
  const offset = (at: number): number => asUtc(wallTime(at, zone)) - at;
  // The two offsets around the moment differ only across a clock change; the larger one gives the earlier moment.
  const before = offset(target - 86_400_000);
  const after = offset(target + 86_400_000);
  const early = target - Math.max(before, after);
  const late = target - Math.min(before, after);
  if (offset(early) === target - early) return early;
  return late;
}

/** `+03:00` for a zone at a moment. */
export function offsetText(epochMs: number, zone: Zone): string {
  const minutes = Math.round((asUtc(wallTime(epochMs, zone)) - epochMs) / 60_000);
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`;
}
