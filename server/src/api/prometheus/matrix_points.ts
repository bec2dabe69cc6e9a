import type { ResultSeries } from '../../query/index.ts';
import { sampleText } from './sample_text.ts';

/** Where an answer is written to. */
export interface Output {
  write(text: string): void;
  writeBytes(bytes: Uint8Array): void;
  /** Bytes written so far. */
  readonly length: number;
  /** A copy of what was written from a place on. */
  since(from: number): Uint8Array;
}

/** Points put together as one string before they are written. */
const POINTS_A_WRITE = 512;

/**
 * Writes the points of a series of floats as `[[1,"2"],…]`. Where the text of the first ones is known from an earlier answer,
 * it is copied; where there is a place to keep the text, it is kept. Each point begins with its comma.
 * @param stamp the time of a point as text
 */
export function writePoints(out: Output, series: ResultSeries, stamp: (point: number) => string): void {
  const { values, written, carried } = series;
  out.write('[');
  if (written?.text !== undefined) {
    out.writeBytes(written.text.subarray(1));
    out.write(']');
    return;
  }
  const ends = written === undefined ? undefined : new Uint32Array(values.length);
  // The comma of the first point is written too, and becomes the bracket when the text is there.
  const start = out.length - 1;
  let next = 0;
  const { text, ends: earlier } = carried?.written ?? {};
  if (text !== undefined && earlier !== undefined && carried !== undefined && carried.to > carried.from) {
    const from = carried.from === 0 ? 0 : (earlier[carried.from - 1] as number);
    out.writeBytes(text.subarray(from + 1, earlier[carried.to - 1]));
    next = carried.to - carried.from;
    if (ends !== undefined) for (let i = 0; i < next; i++) ends[i] = (earlier[carried.from + i] as number) - from;
  }
  let end = out.length - start;
  for (let done = next; done < values.length; ) {
    const until = Math.min(values.length, done + POINTS_A_WRITE);
    let points = '';
    for (; done < until; done++) {
      const one = `${done === 0 ? '' : ','}[${stamp(done)},"${sampleText(values[done] as number)}"]`;
      points += one;
      end += one.length;
      if (ends !== undefined) ends[done] = end;
    }
    out.write(points);
  }
  if (written !== undefined && ends !== undefined) {
    written.text = out.since(start);
    written.ends = ends;
  }
  out.write(']');
}
