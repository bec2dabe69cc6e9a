import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Labels } from '../../model/labels.ts';
import type { QueryResult, ResultSeries } from '../../query/index.ts';
import { histogramJson } from './encode_histogram.ts';
import { type Output, writePoints } from './matrix_points.ts';
import { sampleText } from './sample_text.ts';

/** Points encoded between two turns of the event loop. */
const TURN_POINTS = 20_000;

/** Extra fields of the answer's data, as JSON. */
export interface Extras {
  readonly stats?: unknown;
}

/**
 * A query's answer as JSON bytes, written by hand: a large matrix has millions of points and no object is made for any.
 */
export async function encodeResult(
  result: QueryResult,
  warnings: readonly string[],
  extras: Extras,
): Promise<Uint8Array> {
  const out = createOutput();
  out.write(`{"status":"success","data":{"resultType":"${result.type}","result":`);
  if (result.type === 'string') out.write(`[${seconds(result.timeMs)},${JSON.stringify(result.text)}]`);
  else if (result.type === 'scalar') out.write(point(result.timeMs, result.series[0]?.values[0] ?? Number.NaN));
  else await writeSeries(out, result);
  if (extras.stats !== undefined) out.write(`,"stats":${JSON.stringify(extras.stats)}`);
  out.write('}');
  if (warnings.length > 0) out.write(`,"warnings":${JSON.stringify(warnings)}`);
  if (result.infos.length > 0) out.write(`,"infos":${JSON.stringify(result.infos)}`);
  out.write('}');
  return out.finish();
}

async function writeSeries(out: Answer, { type, series }: QueryResult): Promise<void> {
  let stamps: (string | undefined)[] = [];
  let stamped: Float64Array = new Float64Array(0);
  const stampOf = (i: number): string => {
    stamps[i] ??= seconds(stamped[i] as number);
    return stamps[i];
  };
  let points = 0;
  let separator = '[';
  for (const one of series) {
    const { labels, times, values } = one;
    out.write(`${separator}{"metric":${metric(labels)},`);
    separator = ',';
    if (one.histograms !== undefined) {
      out.write(type === 'vector' ? `${vectorHistogram(one)}}` : `${matrixHistograms(one)}}`);
      // A histogram takes about as long as a hundred numbers.
      points += values.length * 100;
      if (points > TURN_POINTS) {
        points = 0;
        await nextTurn();
      }
      continue;
    }
    if (type === 'vector') {
      out.write(`"value":${point(times[0] ?? 0, values[0] ?? Number.NaN)}}`);
      continue;
    }
    // Series with a point at every step share their times: these are written once.
    if (times !== stamped) {
      stamped = times;
      stamps = new Array(times.length);
    }
    out.write('"values":');
    writePoints(out, one, stampOf);
    out.write('}');
    points += values.length;
    if (points > TURN_POINTS) {
      points = 0;
      await nextTurn();
    }
  }
  out.write(series.length === 0 ? '[]' : ']');
}

/** The point of an instant query. */
function vectorHistogram({ times, values, histograms }: ResultSeries): string {
  const histogram = histograms?.[0];
  const time = times[0] ?? 0;
  if (histogram === undefined) return `"value":${point(time, values[0] ?? Number.NaN)}`;
  return `"histogram":[${seconds(time)},${histogramJson(histogram)}]`;
}

/** The floats of a series, if any, and its histograms. */
function matrixHistograms({ times, values, histograms }: ResultSeries): string {
  const floats: string[] = [];
  const natives: string[] = [];
  times.forEach((time, i) => {
    const histogram = histograms?.[i];
    if (histogram === undefined) floats.push(point(time, values[i] as number));
    else natives.push(`[${seconds(time)},${histogramJson(histogram)}]`);
  });
  const members = floats.length === 0 ? [] : [`"values":[${floats.join(',')}]`];
  if (natives.length > 0) members.push(`"histograms":[${natives.join(',')}]`);
  return members.join(',');
}

/** A label set as a JSON object. */
export function metric(labels: Labels): string {
  let text = '{';
  for (let i = 0; i < labels.length; i += 2)
    text += `${i === 0 ? '' : ','}${JSON.stringify(labels[i])}:${JSON.stringify(labels[i + 1])}`;
  return `${text}}`;
}

const point = (timeMs: number, value: number): string => `[${seconds(timeMs)},"${sampleText(value)}"]`;

/** Seconds with milliseconds as decimals where there are any, as upstream writes them. */
export function seconds(timeMs: number): string {
  const whole = Math.trunc(timeMs / 1000);
  const rest = Math.abs(Math.round(timeMs - whole * 1000));
  const sign = timeMs < 0 && whole === 0 ? '-' : '';
  return rest === 0 ? String(whole) : `${sign}${whole}.${String(rest).padStart(3, '0')}`;
}

interface Answer extends Output {
  finish(): Uint8Array;
}

const encoder = new TextEncoder();
const SPARE_BYTES = 65_536;
/** Memory that answers are written in before they are copied out at their size; taken by one answer at a time. */
let spare: Uint8Array<ArrayBuffer> | undefined;

function createOutput(): Answer {
  let bytes = spare ?? new Uint8Array(SPARE_BYTES);
  spare = undefined;
  let length = 0;
  const reserve = (more: number): void => {
    if (length + more <= bytes.length) return;
    const bigger = new Uint8Array(Math.max(bytes.length * 2, length + more));
    bigger.set(bytes.subarray(0, length));
    bytes = bigger;
  };
  return {
    write(text) {
      // UTF-8 takes three bytes a UTF-16 unit at most.
      reserve(text.length * 3);
      length += encoder.encodeInto(text, bytes.subarray(length)).written;
    },
    writeBytes(more) {
      reserve(more.length);
      bytes.set(more, length);
      length += more.length;
    },
    get length() {
      return length;
    },
    since: (from) => bytes.slice(from, length),
    finish() {
      if (bytes.length > SPARE_BYTES) return bytes.subarray(0, length);
      spare = bytes;
      return bytes.slice(0, length);
    },
  };
}
