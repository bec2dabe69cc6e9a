/**
 * Wall clocks of IANA zones. A wall clock's reading is carried as the ms since the epoch at which a clock in UTC would read
 * the same, so that days and hours are plain arithmetic.
 */

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** By UTC day since the epoch, the offset in ms; NaN for a day on which it changes. Asking the format takes microseconds. */
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, Zone>();
/** Zones kept; there are about 600. */
const MOST_ZONES = 1_000;
const MOST_DAYS = 10_000;
const MS_PER_DAY = 86_400_000;

/** Whether this is the name of a zone (`Europe/Moscow`, `UTC`). */
export function isTimeZone(zone: string): boolean {
  // Bare offsets have no daylight saving time and are nobody's zone.
  if (/^[+-]/.test(zone) || zone === '') return false;
  try {
    zoneOf(zone);
    return true;
  } catch {
    // RangeError is how Intl says that it knows no such zone.
    return false;
  }
}

/** What a wall clock in the zone reads at a moment (ms since the epoch). Throws RangeError for an unknown zone. */
export function wallClockOf(zone: string, timeMs: number): number {
  return timeMs + offsetOf(zone, timeMs);
}

/**
 * The moment (ms since the epoch) at which a wall clock in the zone first reads this. Where the clocks skip it, the moment
 * they do: so a later reading never comes at an earlier moment. Throws RangeError for an unknown zone.
 */
export function momentOf(zone: string, wallMs: number): number {
  const before = offsetOf(zone, wallMs - MS_PER_DAY);
  const after = offsetOf(zone, wallMs + MS_PER_DAY);
  const [early, late] = [wallMs - Math.max(before, after), wallMs - Math.min(before, after)];
  if (wallClockOf(zone, early) === wallMs) return early;
  if (wallClockOf(zone, late) === wallMs) return late;
  return changeBetween(zone, early, late);
}

/** The first whole second in (from, to] at which the zone's offset is another one than at `from`. */
function changeBetween(zone: string, fromMs: number, toMs: number): number {
  const offset = offsetOf(zone, fromMs);
  let low = Math.floor(fromMs / 1_000);
  let high = Math.ceil(toMs / 1_000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetOf(zone, middle * 1_000) === offset) low = middle;
    else high = middle;
  }
  return high * 1_000;
}

function offsetOf(name: string, timeMs: number): number {
  const zone = zoneOf(name);
  const day = Math.floor(timeMs / MS_PER_DAY);
  let offset = zone.offsets.get(day);
  if (offset === undefined) {
    const [first, last] = [readOffset(zone, day * MS_PER_DAY), readOffset(zone, (day + 1) * MS_PER_DAY)];
    offset = first === last ? first : Number.NaN;
    if (zone.offsets.size >= MOST_DAYS) zone.offsets.clear();
    zone.offsets.set(day, offset);
  }
  return Number.isNaN(offset) ? readOffset(zone, timeMs) : offset;
}

function readOffset({ format }: Zone, timeMs: number): number {
  const parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  const wholeSeconds = Math.floor(timeMs / 1_000) * 1_000;
  for (const { type, value } of format.formatToParts(wholeSeconds)) {
    if (type in parts) parts[type as keyof typeof parts] = Number(value);
  }
  const { year, month, day, hour, minute, second } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - wholeSeconds;
}

function zoneOf(name: string): Zone {
  let zone = zones.get(name);
  if (zone === undefined) {
    const format = new Intl.DateTimeFormat('en-US', {
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
    zone = { format, offsets: new Map() };
    if (zones.size >= MOST_ZONES) zones.clear();
    zones.set(name, zone);
  }
  return zone;
}
