import {
  type OperationDurations,
  type QueryOptions,
  readOperationDurations,
  STRETCH_SECONDS,
} from '../../store/index.ts';
import type { TraceStore } from './trace.ts';

/** An operation of a trace: the same name may be called, served and done inside. */
export interface Operation {
  readonly service: string;
  readonly operation: string;
  /** As stored. */
  readonly kind: string;
}

export interface UsualDurations {
  /** By `operationKey`, over the 24 hours before. */
  readonly lastDay: ReadonlyMap<string, OperationDurations>;
  /** The same hour of the seven days before. */
  readonly sameHour: ReadonlyMap<string, OperationDurations>;
  /** True when only some stretches were read. */
  readonly sampled: boolean;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
/** Rows that are read at most when every stretch is taken; beyond it one of twelve (day) or six (hour) stands for all. */
const MAX_ROWS = 4_000_000;

/** The key of an operation in maps. */
export function operationKey({ service, operation, kind }: Operation): string {
  return `${service}\u0000${operation}\u0000${kind}`;
}

/**
 * How long operations took before a moment (seconds since the epoch). A few stretches are read first; where all of them
 * are not too many rows, all are read. Throws StoreError.
 */
export async function usualDurations(
  store: TraceStore,
  operations: readonly Operation[],
  atSeconds: number,
  signal?: AbortSignal,
): Promise<UsualDurations> {
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const [day, hour] = await Promise.all([
    durationsOver(store, operations, dayStretches(atSeconds), 12, options),
    durationsOver(store, operations, hourStretches(atSeconds), 6, options),
  ]);
  return { lastDay: day.durations, sameHour: hour.durations, sampled: day.sampled || hour.sampled };
}

/** Stretches of the 24 hours that end where the stretch of the moment begins, oldest first. */
export function dayStretches(atSeconds: number): readonly number[] {
  const end = Math.floor(atSeconds / STRETCH_SECONDS) * STRETCH_SECONDS;
  return stretchesBetween(end - DAY_SECONDS, end);
}

/** Stretches of the hour around the moment, one to seven days before, oldest first. */
export function hourStretches(atSeconds: number): readonly number[] {
  const middle = Math.floor(atSeconds / STRETCH_SECONDS) * STRETCH_SECONDS;
  return Array.from({ length: 7 }, (_, at) => middle - (7 - at) * DAY_SECONDS).flatMap((day) =>
    stretchesBetween(day - HOUR_SECONDS / 2, day + HOUR_SECONDS / 2),
  );
}

function stretchesBetween(fromSeconds: number, toSeconds: number): readonly number[] {
  const count = Math.max(0, (toSeconds - fromSeconds) / STRETCH_SECONDS);
  return Array.from({ length: count }, (_, at) => fromSeconds + at * STRETCH_SECONDS).filter((start) => start >= 0);
}

/** One of `every` stretches, another one in each group, so that what happens on the hour is seen no more than the rest. */
export function spreadOf(stretches: readonly number[], every: number): readonly number[] {
  return stretches.filter((_, at) => at % every === (Math.floor(at / every) * 5) % every);
}

async function durationsOver(
  store: TraceStore,
  operations: readonly Operation[],
  stretches: readonly number[],
  every: number,
  options: QueryOptions,
): Promise<{ readonly durations: ReadonlyMap<string, OperationDurations>; readonly sampled: boolean }> {
  const names = {
    services: [...new Set(operations.map(({ service }) => service))],
    operations: [...new Set(operations.map(({ operation }) => operation))],
  };
  const few = await readOperationDurations(store.reader, { ...names, stretches: spreadOf(stretches, every) }, options);
  const sampled = few.rowsRead * every > MAX_ROWS;
  const { durations } = sampled ? few : await readOperationDurations(store.reader, { ...names, stretches }, options);
  return { durations: new Map(durations.map((one) => [operationKey(one), one])), sampled };
}
