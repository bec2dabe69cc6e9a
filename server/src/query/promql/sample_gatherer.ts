import type { Labels } from '../../model/labels.ts';
import { tooManySamples } from './promql_error.ts';
import type { SeriesSet } from './source.ts';

/** The bits of Prometheus' stale marker, a NaN of its own. */
const STALE_LOW = 0x0000_0002;
const STALE_HIGH = 0x7ff0_0000;

/**
 * Collects rows that come ordered by (series, time) into a SeriesSet: of equal times the last row counts, stale markers
 * are set apart. Series follow one another in the order of their first row; those without rows are left out.
 */
export interface SampleGatherer {
  /** Starts a series; rows that follow belong to it. */
  begin(labels: Labels): void;
  /** Adds rows [from, to) of columns. `words` are the values' bits, low word first. */
  add(times: Float64Array, values: Float64Array, words: Uint32Array, from: number, to: number): void;
  finish(): SeriesSet;
}

export function createGatherer(maxSamples: number): SampleGatherer {
  let times = new Float64Array(8192);
  let values = new Float64Array(8192);
  let count = 0;
  let start = 0;
  let markers: number[] = [];
  const labels: Labels[] = [];
  const offsets: number[] = [0];
  const stale = new Map<number, Float64Array>();

  function close(): void {
    if (labels.length === 0) return;
    if (markers.length > 0) stale.set(labels.length - 1, Float64Array.from(markers));
    markers = [];
    offsets.push(count);
  }

  return {
    begin(next) {
      close();
      start = count;
      labels.push(next);
    },
    add(rowTimes, rowValues, words, from, to) {
      if (count + to - from > times.length) {
        if (count > maxSamples) throw tooManySamples();
        const capacity = Math.max(count + to - from, times.length * 2);
        times = copied(times, count, capacity);
        values = copied(values, count, capacity);
      }
      for (let row = from; row < to; row++) {
        const time = rowTimes[row] as number;
        const value = rowValues[row] as number;
        const repeated = count > start && times[count - 1] === time;
        if (Number.isNaN(value) && words[row * 2] === STALE_LOW && words[row * 2 + 1] === STALE_HIGH) {
          if (repeated) count--;
          if (markers.at(-1) !== time) markers.push(time);
          continue;
        }
        if (markers.at(-1) === time) markers.pop();
        const at = repeated ? count - 1 : count++;
        times[at] = time;
        values[at] = value;
      }
      if (count > maxSamples) throw tooManySamples();
    },
    finish() {
      close();
      return {
        labels,
        offsets: Uint32Array.from(offsets),
        times: times.subarray(0, count),
        values: values.subarray(0, count),
        stale,
      };
    },
  };
}

function copied(from: Float64Array<ArrayBuffer>, count: number, capacity: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(capacity);
  to.set(from.subarray(0, count));
  return to;
}
