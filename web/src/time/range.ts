import { momentOf, offsetText, type WallTime, wallTime, type Zone } from './zone.ts';

/** A range as the URL and the boxes hold it: `now-1h`, `now/d`, epoch milliseconds, or a written date. */
export type RawRange = {
  readonly from: string;
  readonly to: string;
};

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The ends of a range as our API takes them: whole ms that hold it. */
export function ends(range: Range): { readonly from: number; readonly to: number } {
  return { from: Math.floor(range.fromMs), to: Math.ceil(range.toMs) };
}

export const defaultRange: RawRange = { from: 'now-1h', to: 'now' };

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function shiftWall(wall: WallTime, unit: string, amount: number): WallTime {
  if (unit === 'd') return { ...wall, day: wall.day + amount };
  if (unit === 'w') return { ...wall, day: wall.day + 7 * amount };
  // A month shift keeps to the last day of a shorter month.
  const months = unit === 'M' ? amount : unit === 'Q' ? amount * 3 : amount * 12;
  const first = new Date(Date.UTC(wall.year, wall.month - 1 + months, 1));
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return { ...wall, year: first.getUTCFullYear(), month: first.getUTCMonth() + 1, day: Math.min(wall.day, lastDay) };
}

function floorWall(wall: WallTime, unit: string): WallTime {
  const cut: WallTime = { ...wall, ms: 0, second: 0 };
  if (unit === 's') return { ...wall, ms: 0 };
  if (unit === 'm') return cut;
  const hour = { ...cut, minute: 0 };
  if (unit === 'h') return hour;
  const day = { ...hour, hour: 0 };
  if (unit === 'd') return day;
  if (unit === 'w') {
    const weekday = (new Date(Date.UTC(wall.year, wall.month - 1, wall.day)).getUTCDay() + 6) % 7;
    return { ...day, day: day.day - weekday };
  }
  if (unit === 'M') return { ...day, day: 1 };
  if (unit === 'Q') return { ...day, day: 1, month: wall.month - ((wall.month - 1) % 3) };
  return { ...day, day: 1, month: 1 };
}

/**
 * The relative grammar: `now`, then any of `-1h`, `+8h`, `/d`, in order. Units s m h d w M Q y. Days and longer follow the
 * zone's calendar (Monday first). With `roundUp`, `/d` means the end of the day: how a range's `to` is read.
 */
function parseRelative(text: string, nowMs: number, zone: Zone, roundUp: boolean): number | null {
  if (!text.startsWith('now')) return null;
  let at = nowMs;
  let rest = text.slice(3);
  while (rest !== '') {
    const match = /^(?:([+-])(\d{1,6})([smhdwMQy])|\/([smhdwMQy]))/.exec(rest);
    if (match === null) return null;
    rest = rest.slice(match[0].length);
    const [, sign, digits, unit, rounding] = match;
    if (rounding !== undefined) {
      const floor = floorWall(wallTime(at, zone), rounding);
      at = roundUp ? endOf(floor, rounding, zone) : momentOf(floor, zone);
      continue;
    }
    const amount = Number(digits) * (sign === '-' ? -1 : 1);
    const fixed = unit === 's' || unit === 'm' || unit === 'h' ? unitMs[unit] : undefined;
    at = fixed !== undefined ? at + amount * fixed : momentOf(shiftWall(wallTime(at, zone), unit ?? 'd', amount), zone);
  }
  return Number.isFinite(at) ? at : null;
}

function endOf(floor: WallTime, unit: string, zone: Zone): number {
  const fixed = unit === 's' || unit === 'm' || unit === 'h' ? unitMs[unit] : undefined;
  if (fixed !== undefined) return momentOf(floor, zone) + fixed - 1;
  return momentOf(shiftWall(floor, unit, 1), zone) - 1;
}

const written =
  /^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4}))(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/** `2026-11-21 10:00[:30[.5]]` or `21.11.2026 10:00`, in `zone` unless it names its own offset. */
function parseWritten(text: string, zone: Zone): number | null {
  const match = written.exec(text);
  if (match === null) return null;
  const field = (index: number): number => Number(match[index] ?? 0);
  const wall: WallTime = {
    year: field(1) || field(6),
    month: field(2) || field(5),
    day: field(3) || field(4),
    hour: field(7),
    minute: field(8),
    second: field(9),
    ms: Math.floor(Number(`0.${match[10] ?? '0'}`) * 1000),
  };
  if (
    wall.month > 12 ||
    wall.day > 31 ||
    wall.hour > 23 ||
    wall.minute > 59 ||
    wall.second > 59 ||
    wall.month === 0 ||
    wall.day === 0
  )
    return null;
  const own = match[11];
  if (own === undefined) return momentOf(wall, zone);
  const utc = momentOf(wall, 'utc');
  if (own === 'Z') return utc;
  const minutes = Number(own.slice(1, 3)) * 60 + Number(own.slice(-2));
  return utc - (own.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

/** One end of a range as milliseconds, or null when the text is none. */
export function parseMoment(text: string, nowMs: number, zone: Zone, roundUp = false): number | null {
  const trimmed = text.trim();
  if (/^\d{10}$/.test(trimmed)) return Number(trimmed) * 1000;
  if (/^\d{11,15}$/.test(trimmed)) return Number(trimmed);
  return parseRelative(trimmed, nowMs, zone, roundUp) ?? parseWritten(trimmed, zone);
}

/** Both ends, or null when one cannot be read or they are the wrong way round. */
export function resolveRange(raw: RawRange, nowMs: number, zone: Zone): Range | null {
  const fromMs = parseMoment(raw.from, nowMs, zone);
  const toMs = parseMoment(raw.to, nowMs, zone, true);
  if (fromMs === null || toMs === null || fromMs >= toMs) return null;
  return { fromMs, toMs };
}

/** True when the range moves with the clock. */
export function isLive(raw: RawRange): boolean {
  return raw.to.startsWith('now');
}

/** An absolute range in the form the URL holds. */
export function absolute(range: Range): RawRange {
  return { from: String(Math.round(range.fromMs)), to: String(Math.round(range.toMs)) };
}

/** The range moved by a share of its width, half of it by default; to the left with -1, to the right with 1, never beyond now. */
export function shiftRange(range: Range, direction: -1 | 1, nowMs: number, share = 0.5): Range {
  const step = (range.toMs - range.fromMs) * share;
  const move = direction === 1 ? Math.min(step, Math.max(0, nowMs - range.toMs)) : -step;
  return { fromMs: range.fromMs + move, toMs: range.toMs + move };
}

/** Twice as wide around the same middle; what would lie after now is added before instead. */
export function zoomOut(range: Range, nowMs: number): Range {
  const half = (range.toMs - range.fromMs) / 2;
  const toMs = Math.max(range.toMs, Math.min(range.toMs + half, nowMs));
  return { fromMs: Math.max(0, toMs - half * 4), toMs };
}

/** A window around a moment, for "the logs of this minute". */
export function around(ms: number, halfWidthMs: number): RawRange {
  return absolute({ fromMs: ms - halfWidthMs, toMs: ms + halfWidthMs });
}

function iso(ms: number, zone: Zone): string {
  const wall = wallTime(ms, zone);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${wall.year}-${two(wall.month)}-${two(wall.day)}T${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}.${String(wall.ms).padStart(3, '0')}${offsetText(ms, zone)}`;
}

/** A range as text for the clipboard: relative ranges as they are, absolute ones with their zone offset. */
export function rangeToText(raw: RawRange, range: Range, zone: Zone): string {
  const end = (text: string, ms: number): string => (text.startsWith('now') ? text : iso(ms, zone));
  return JSON.stringify({ from: end(raw.from, range.fromMs), to: end(raw.to, range.toMs) });
}

/** The reverse; also takes Grafana's copied JSON and `from … to`/`from/to` text. Null when it is no range. */
export function rangeFromText(text: string, nowMs: number, zone: Zone): RawRange | null {
  const ends = endsOf(text.trim().slice(0, 500));
  if (ends === null) return null;
  const raw = { from: urlForm(ends[0], nowMs, zone, false), to: urlForm(ends[1], nowMs, zone, true) };
  if (raw.from === null || raw.to === null) return null;
  const result: RawRange = { from: raw.from, to: raw.to };
  return resolveRange(result, nowMs, zone) === null ? null : result;
}

function urlForm(text: string, nowMs: number, zone: Zone, roundUp: boolean): string | null {
  const ms = parseMoment(text, nowMs, zone, roundUp);
  if (ms === null) return null;
  return text.trim().startsWith('now') ? text.trim() : String(ms);
}

function endsOf(text: string): readonly [string, string] | null {
  if (text.startsWith('{')) {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value !== 'object' || value === null || !('from' in value) || !('to' in value)) return null;
      return [String(value.from), String(value.to)];
    } catch {
      // Not JSON: not a copied range, and the caller says so.
      return null;
    }
  }
  const parts = text.split(/\s+(?:to|до|—|–|-)\s+/);
  return parts.length === 2 && parts[0] !== undefined && parts[1] !== undefined ? [parts[0], parts[1]] : null;
}

const steps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
  2_592_000,
];

/** The finest tidy step (ms) with at most `points` steps over the range, not below `minMs`. */
export function stepFor(range: Range, points: number, minMs = 1000): number {
  const wanted = Math.max((range.toMs - range.fromMs) / Math.max(1, points), minMs);
  for (const step of steps) if (step * 1000 >= wanted) return step * 1000;
  return Math.ceil(wanted / 2_592_000_000) * 2_592_000_000;
}

/** The range widened to whole steps, so that a refresh asks for the same grid again. */
export function alignRange(range: Range, stepMs: number): Range {
  return { fromMs: Math.floor(range.fromMs / stepMs) * stepMs, toMs: Math.ceil(range.toMs / stepMs) * stepMs };
}
