import { momentOf, wallClockOf } from '../base/time_zone.ts';
import type { Layer, Override, Schedule, WeeklyHours } from './on_call_config.ts';

/** Who is on call, and what says so. Nobody: `people` is empty. */
export interface OnCall {
  readonly people: readonly string[];
  /** The layer's name, or `override` with its id. */
  readonly by: { readonly kind: 'layer' | 'override' | 'nobody'; readonly name: string };
}

/** A stretch in which the same people are on call for the same reason; ms since the epoch, the end is not in it. */
export interface Shift extends OnCall {
  readonly fromMs: number;
  readonly toMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;
const NOBODY: OnCall = { people: [], by: { kind: 'nobody', name: '' } };

/**
 * Who is on call at a moment (ms since the epoch): of overrides the one made last, else the last layer that says somebody.
 * @param overrides in the order they were made; those of other schedules are passed over
 */
export function onCall(schedule: Schedule, overrides: readonly Override[], timeMs: number): OnCall {
  const override = overrides.findLast(
    (one) => one.schedule === schedule.name && one.fromMs <= timeMs && timeMs < one.toMs,
  );
  if (override !== undefined) return { people: [override.person], by: { kind: 'override', name: override.id } };
  const wallMs = wallClockOf(schedule.zone, timeMs);
  for (const layer of schedule.layers.toReversed()) {
    if (!holds(layer, schedule.zone, timeMs, wallMs)) continue;
    const turn = turnAt(layer, schedule.zone, timeMs, wallMs);
    const people = turn < 0 ? undefined : layer.turns[turn % layer.turns.length];
    if (people !== undefined) return { people, by: { kind: 'layer', name: layer.name } };
  }
  return NOBODY;
}

/**
 * The shifts of a range, oldest first: they touch one another, cover it whole and never overlap. Stretches in which nobody
 * is on call are shifts of nobody.
 */
export function shifts(
  schedule: Schedule,
  overrides: readonly Override[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Shift[] {
  const edges = edgesOf(schedule, overrides, fromMs, toMs);
  const found: Shift[] = [];
  for (const [i, edge] of edges.entries()) {
    const who = onCall(schedule, overrides, edge);
    const until = edges[i + 1] ?? toMs;
    const last = found.at(-1);
    if (last !== undefined && same(last, who)) found[found.length - 1] = { ...last, toMs: until };
    else found.push({ ...who, fromMs: edge, toMs: until });
  }
  return found;
}

/** What each layer says by itself in a range, in the order of the file: shifts of somebody, without overrides. */
export function layerShifts(
  schedule: Schedule,
  range: { readonly fromMs: number; readonly toMs: number },
): { readonly name: string; readonly shifts: Shift[] }[] {
  return schedule.layers.map((layer) => ({
    name: layer.name,
    shifts: shifts({ ...schedule, layers: [layer] }, [], range).filter(({ people }) => people.length > 0),
  }));
}

function same(a: OnCall, b: OnCall): boolean {
  return a.by.kind === b.by.kind && a.by.name === b.by.name && a.people.join('\0') === b.people.join('\0');
}

/** How many handovers lie before a moment; below 0 before the first. Ends of turns are moments, so DST makes no gap. */
function turnAt(layer: Layer, zone: string, timeMs: number, wallMs: number): number {
  const handover = (turn: number): number => momentOf(zone, layer.startWallMs + turn * layer.turnMinutes * MINUTE_MS);
  let turn = Math.floor((wallMs - layer.startWallMs) / (layer.turnMinutes * MINUTE_MS));
  while (handover(turn) > timeMs) turn--;
  while (handover(turn + 1) <= timeMs) turn++;
  return turn;
}

function holds(layer: Layer, zone: string, timeMs: number, wallMs: number): boolean {
  if (layer.endWallMs !== Number.POSITIVE_INFINITY && momentOf(zone, layer.endWallMs) <= timeMs) return false;
  if (layer.hours.length === 0) return true;
  // A stretch that began the day before may go on.
  const today = Math.floor(wallMs / DAY_MS) * DAY_MS;
  return layer.hours.some((hours) =>
    [today - DAY_MS, today].some((midnight) => {
      if (!hours.days.includes(new Date(midnight).getUTCDay())) return false;
      const [from, to] = stretch(hours, midnight);
      return momentOf(zone, from) <= timeMs && timeMs < momentOf(zone, to);
    }),
  );
}

/** What the wall clock reads at both ends of a day's stretch. */
function stretch({ fromMinute, toMinute }: WeeklyHours, midnight: number): [fromWallMs: number, toWallMs: number] {
  const end = toMinute <= fromMinute ? toMinute + DAY_MINUTES : toMinute;
  return [midnight + fromMinute * MINUTE_MS, midnight + end * MINUTE_MS];
}

/** Every moment of a range at which somebody else may come on call, its beginning included. */
function edgesOf(schedule: Schedule, overrides: readonly Override[], fromMs: number, toMs: number): number[] {
  const edges = new Set<number>([fromMs]);
  const add = (momentMs: number): void => {
    if (momentMs > fromMs && momentMs < toMs) edges.add(momentMs);
  };
  for (const one of overrides) {
    if (one.schedule !== schedule.name) continue;
    add(one.fromMs);
    add(one.toMs);
  }
  const { zone } = schedule;
  const [firstWall, lastWall] = [wallClockOf(zone, fromMs) - DAY_MS, wallClockOf(zone, toMs) + DAY_MS];
  for (const layer of schedule.layers) {
    if (layer.endWallMs !== Number.POSITIVE_INFINITY) add(momentOf(zone, layer.endWallMs));
    const turnMs = layer.turnMinutes * MINUTE_MS;
    const first = Math.max(0, Math.floor((firstWall - layer.startWallMs) / turnMs));
    for (let wall = layer.startWallMs + first * turnMs; wall <= lastWall; wall += turnMs) add(momentOf(zone, wall));
    if (layer.hours.length === 0) continue;
    for (let midnight = Math.floor(firstWall / DAY_MS) * DAY_MS; midnight <= lastWall; midnight += DAY_MS) {
      for (const hours of layer.hours) for (const wall of stretch(hours, midnight)) add(momentOf(zone, wall));
    }
  }
  return [...edges].sort((a, b) => a - b);
}
