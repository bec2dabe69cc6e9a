import { type ExponentialState, mergeExponential } from './delta_exponential.ts';
import {
  type ExponentialPoint,
  type HistogramPoint,
  type NumberPoint,
  type PointHeader,
  setNumber,
  toNumber,
} from './points.ts';

/** A series without a point for this long starts again at zero. */
const IDLE_MS = 3_600_000;
/** Numbers kept for all series of a tenant: about 32 MiB. */
const MOST_NUMBERS = 4_000_000;
/** Numbers a series costs beside its buckets. */
const STATE_NUMBERS = 16;

/** What has been counted of a series so far. */
interface State {
  /** Since when, ms with fractions. */
  start: number;
  startMs: number;
  /** Time of the newest point, and what it added: the same again is a retry. */
  last: number;
  lastAdded: number;
  usedMs: number;
  numbers: number;
  value: number;
  histogram: HistogramState | null;
  exponential: ExponentialState | null;
}

export interface HistogramState {
  count: number;
  sum: number;
  hasSum: boolean;
  counts: number[];
  bounds: readonly number[];
}

/** Why a point was not added. */
export type DeltaRefusal = 'older' | 'full';

/**
 * Points of delta temporality made cumulative, by series (opentelemetry.io/docs/specs/otel/metrics/data-model,
 * "Sums: Delta-to-Cumulative", as the collector's deltatocumulative processor does it, which Prometheus uses): the first
 * point begins the count, later ones are added, those that are not later than the newest are refused. A gap between two
 * points is no restart. The same point once more gives the same answer, so that a retry after an overload is no loss.
 * The count is in memory: after a restart it begins again at zero, which PromQL sees as the reset of a counter.
 */
export class DeltaStates {
  readonly #states = new Map<number, State>();
  readonly #touched: number[] = [];
  readonly #mostNumbers: number;
  #numbers = 0;
  #sweptMs = 0;
  #nowMs = 0;

  constructor(mostNumbers = MOST_NUMBERS) {
    this.#mostNumbers = mostNumbers;
  }

  /** Series whose count is kept. */
  get size(): number {
    return this.#states.size;
  }

  /** Begins a request; lets idle series go now and then. */
  begin(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#touched.length = 0;
    if (nowMs - this.#sweptMs < IDLE_MS / 10) return;
    this.#sweptMs = nowMs;
    for (const [reference, { usedMs }] of this.#states) if (nowMs - usedMs > IDLE_MS) this.forget(reference);
  }

  /** Forgets the series this request has added to: nothing of it is stored, and none may count it later. */
  rollBack(): void {
    for (const reference of this.#touched) this.forget(reference);
  }

  /** Ends a series: its next point begins the count again. */
  forget(reference: number): void {
    this.#numbers -= this.#states.get(reference)?.numbers ?? 0;
    this.#states.delete(reference);
  }

  /** Turns a point into the cumulative one, in place. Returns why not, when it cannot. */
  number(reference: number, point: NumberPoint): DeltaRefusal | undefined {
    const added = toNumber(point.value);
    return this.#add(reference, point, added, STATE_NUMBERS, (state, isNew) => {
      if (isNew !== null) state.value = isNew ? added : state.value + added;
      setNumber(point.value, state.value);
    });
  }

  /** Likewise; other bounds than before begin the count again. */
  histogram(reference: number, point: HistogramPoint): DeltaRefusal | undefined {
    const numbers = STATE_NUMBERS + point.counts.length + point.bounds.length;
    return this.#add(reference, point, point.count, numbers, (state, isNew) => {
      if (isNew !== null) {
        const before = state.histogram;
        if (isNew || before === null || !sameBounds(before, point)) {
          if (before !== null) restart(state, point);
          const { count, hasSum, counts, bounds } = point;
          state.histogram = { count, sum: toNumber(point.sum), hasSum, counts: [...counts], bounds: [...bounds] };
        } else addHistogram(before, point);
      }
      const total = state.histogram;
      if (total === null) return;
      point.count = total.count;
      point.counts = [...total.counts];
      point.hasSum = total.hasSum;
      setNumber(point.sum, total.sum);
    });
  }

  /** Likewise; scales and zero buckets are brought together, and at most 160 buckets of a sign kept. */
  exponential(reference: number, point: ExponentialPoint): DeltaRefusal | undefined {
    const numbers = STATE_NUMBERS + point.positive.counts.length + point.negative.counts.length;
    return this.#add(reference, point, point.count, numbers, (state, isNew) => {
      if (isNew !== null) {
        const sum = toNumber(point.sum);
        const { count, hasSum, scale, zeroCount, zeroThreshold, positive, negative } = point;
        const added = { count, hasSum, scale, zeroCount, zeroThreshold, positive, negative, sum };
        state.exponential = isNew || state.exponential === null ? added : mergeExponential(state.exponential, added);
      }
      const total = state.exponential;
      if (total === null) return;
      const { sum, positive, negative, ...rest } = total;
      Object.assign(point, rest);
      point.positive = { offset: positive.offset, counts: [...positive.counts] };
      point.negative = { offset: negative.offset, counts: [...negative.counts] };
      setNumber(point.sum, sum);
    });
  }

  /** @param apply called with null when the point is the newest one again, with true when it is the first */
  #add(
    reference: number,
    point: PointHeader,
    added: number,
    numbers: number,
    apply: (state: State, isNew: boolean | null) => void,
  ): DeltaRefusal | undefined {
    let state = this.#states.get(reference);
    let isNew: boolean | null = false;
    if (state === undefined) {
      if (this.#numbers + numbers > this.#mostNumbers) return 'full';
      state = {
        start: point.start,
        startMs: point.startMs,
        last: 0,
        lastAdded: 0,
        usedMs: 0,
        numbers: 0,
        value: 0,
        histogram: null,
        exponential: null,
      };
      this.#states.set(reference, state);
      isNew = true;
    } else if (point.time === state.last && Object.is(added, state.lastAdded)) isNew = null;
    else if (point.time <= state.last || (point.start !== 0 && point.start < state.start)) return 'older';
    this.#touched.push(reference);
    apply(state, isNew);
    const held = Math.max(state.numbers, numbers);
    this.#numbers += held - state.numbers;
    state.numbers = held;
    state.last = point.time;
    state.lastAdded = added;
    state.usedMs = this.#nowMs;
    point.start = state.start;
    point.startMs = state.startMs;
    return undefined;
  }
}

function restart(state: State, point: PointHeader): void {
  state.start = point.start;
  state.startMs = point.startMs;
}

function sameBounds({ bounds, counts }: HistogramState, point: HistogramPoint): boolean {
  return (
    counts.length === point.counts.length &&
    bounds.length === point.bounds.length &&
    bounds.every((bound, i) => bound === point.bounds[i])
  );
}

function addHistogram(total: HistogramState, point: HistogramPoint): void {
  total.count += point.count;
  total.hasSum &&= point.hasSum;
  total.sum += toNumber(point.sum);
  for (let i = 0; i < total.counts.length; i++) total.counts[i] = (total.counts[i] ?? 0) + (point.counts[i] ?? 0);
}
