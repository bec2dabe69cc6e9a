import { ProtobufWriter } from '../../../server/src/base/protobuf_writer.ts';
import { snappyCompress } from '../../../server/src/base/snappy.ts';
import { seeded } from '../crash/random.ts';

/** What both systems are sent: two hours in steps of 15 s ending at a whole minute. */
export interface PeerData {
  readonly startMs: number;
  readonly endMs: number;
  /** Remote write 1.0 bodies in order of time. */
  readonly requests: readonly Uint8Array<ArrayBuffer>[];
}

interface Histogram {
  readonly count: number;
  readonly sum: number;
  readonly zero: number;
  /** Counts of buckets 0, 1, 2 … of the schema. */
  readonly buckets: readonly number[];
}

type Point = number | Histogram | 'stale' | undefined;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly Point[];
}

const STEP_MS = 15_000;
const STEPS = 480;
/** Steps sent in one request. */
const CHUNK = 40;
const STALE = 0x7ff0_0000_0000_0002n;
const SCHEMA = 1;

export function makeData(seed: number, nowMs: number): PeerData {
  const endMs = nowMs - (nowMs % 60_000);
  const startMs = endMs - (STEPS - 1) * STEP_MS;
  const series = makeSeries(seeded(seed));
  const requests: Uint8Array<ArrayBuffer>[] = [];
  for (let from = 0; from < STEPS; from += CHUNK) requests.push(encode(series, startMs, from, from + CHUNK));
  return { startMs, endMs, requests };
}

function makeSeries(random: () => number): readonly Series[] {
  const series: Series[] = [];
  const jobs = ['api', 'web'];
  for (const job of jobs) {
    for (const instance of ['a', 'b', 'c']) {
      series.push({ labels: { __name__: 'up', job, instance }, points: flapping(random) });
      const version = instance === 'c' ? '2' : '1';
      series.push({ labels: { __name__: 'target_info', job, instance, version }, points: steady(1) });
      for (const code of ['200', '404', '500'])
        series.push({ labels: { __name__: 'requests_total', job, instance, code }, points: counter(random, code) });
      series.push(...latency(random, job, instance));
      series.push({ labels: { __name__: 'rpc_seconds', job, instance }, points: native(random) });
    }
  }
  for (const room of ['hall', 'lab', 'roof'])
    series.push({ labels: { __name__: 'celsius', room }, points: walk(random) });
  series.push({ labels: { __name__: 'odd', kind: 'special' }, points: special(random) });
  series.push({
    labels: { __name__: 'odd', kind: 'late' },
    points: walk(random).map((v, i) => (i < 300 ? undefined : v)),
  });
  series.push({ labels: { __name__: 'odd', kind: 'ended' }, points: ended(random) });
  return series;
}

const steady = (value: number): Point[] => Array.from({ length: STEPS }, () => value);
const flapping = (random: () => number): Point[] => Array.from({ length: STEPS }, () => (random() < 0.03 ? 0 : 1));

/** Grows, misses scrapes, is reset now and then; some begin with decimals. */
function counter(random: () => number, code: string): Point[] {
  let value = code === '404' ? 0.1 : 0;
  return Array.from({ length: STEPS }, () => {
    if (random() < 0.01) value = 0;
    value += code === '500' ? (random() < 0.1 ? 1 : 0) : Math.floor(random() * 20) + (code === '404' ? 0.25 : 0);
    return random() < 0.02 ? undefined : value;
  });
}

function walk(random: () => number): Point[] {
  let value = 20;
  return Array.from({ length: STEPS }, () => {
    value += random() * 2 - 1;
    return random() < 0.02 ? undefined : Math.round(value * 100) / 100;
  });
}

const SPECIAL = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e300, -1e-300, 0.1];
const special = (random: () => number): Point[] =>
  Array.from({ length: STEPS }, () => SPECIAL[Math.floor(random() * SPECIAL.length)]);

/** Comes and goes with stale markers. */
function ended(random: () => number): Point[] {
  let alive = true;
  return Array.from({ length: STEPS }, (_, i) => {
    const was = alive;
    if (i % 60 === 59) alive = !alive;
    if (was && !alive) return 'stale';
    return alive ? Math.floor(random() * 100) : undefined;
  });
}

const BOUNDS = ['0.1', '0.5', '1', '5', '+Inf'];

function latency(random: () => number, job: string, instance: string): Series[] {
  const counts = BOUNDS.map(() => 0);
  let sum = 0;
  const rows = Array.from({ length: STEPS }, () => {
    for (let i = 0; i < 10; i++) {
      const seconds = random() ** 3 * 8;
      sum += seconds;
      BOUNDS.forEach((bound, at) => {
        if (seconds <= Number(bound.replace('+Inf', 'Infinity'))) counts[at] = (counts[at] ?? 0) + 1;
      });
    }
    return { counts: [...counts], sum };
  });
  const named = (name: string, more: object, points: Point[]): Series => ({
    labels: { __name__: name, job, instance, ...more },
    points,
  });
  return [
    ...BOUNDS.map((le, at) =>
      named(
        'latency_seconds_bucket',
        { le },
        rows.map((row) => row.counts[at]),
      ),
    ),
    named(
      'latency_seconds_count',
      {},
      rows.map((row) => row.counts.at(-1)),
    ),
    named(
      'latency_seconds_sum',
      {},
      rows.map((row) => row.sum),
    ),
  ];
}

/** A native histogram that grows and is reset twice. */
function native(random: () => number): Point[] {
  let buckets = Array.from({ length: 6 }, () => 0);
  let zero = 0;
  let sum = 0;
  return Array.from({ length: STEPS }, (_, i) => {
    if (i === 170 || i === 333) {
      buckets = buckets.map(() => 0);
      [zero, sum] = [0, 0];
    }
    for (let n = 0; n < 8; n++) {
      const at = Math.floor(random() ** 2 * 7) - 1;
      if (at < 0) zero++;
      else buckets[at] = (buckets[at] ?? 0) + 1;
      sum += at < 0 ? 0 : 2 ** (at / 2) * 0.9;
    }
    if (random() < 0.02) return undefined;
    return { count: zero + buckets.reduce((a, b) => a + b, 0), sum, zero, buckets: [...buckets] };
  });
}

function encode(series: readonly Series[], startMs: number, from: number, to: number): Uint8Array<ArrayBuffer> {
  const out = new ProtobufWriter(65_536);
  for (const { labels, points } of series) {
    if (points.slice(from, to).every((point) => point === undefined)) continue;
    const start = out.open(1);
    for (const name of Object.keys(labels).sort()) {
      const label = out.open(1);
      out.text(1, name);
      out.text(2, labels[name] ?? '');
      out.close(label);
    }
    for (let i = from; i < to; i++) putPoint(out, points[i], startMs + i * STEP_MS);
    out.close(start);
  }
  return snappyCompress(out.finish());
}

function putPoint(out: ProtobufWriter, point: Point, timeMs: number): void {
  if (point === undefined) return;
  if (typeof point === 'object') {
    putHistogram(out, point, timeMs);
    return;
  }
  const sample = out.open(2);
  if (point === 'stale') out.fixed64(1, STALE);
  else out.double(1, point);
  out.int64(2, BigInt(timeMs));
  out.close(sample);
}

const zigzag = (value: number): bigint => (value < 0 ? BigInt(-value) * 2n - 1n : BigInt(value) * 2n);

function putHistogram(out: ProtobufWriter, { count, sum, zero, buckets }: Histogram, timeMs: number): void {
  const start = out.open(4);
  out.uint32(1, count);
  out.double(3, sum);
  out.int64(4, zigzag(SCHEMA));
  out.double(5, 0.001);
  out.uint32(6, zero);
  const span = out.open(11);
  out.int64(1, 0n);
  out.uint32(2, buckets.length);
  out.close(span);
  buckets.forEach((value, i) => {
    out.int64(12, zigzag(value - (buckets[i - 1] ?? 0)));
  });
  out.int64(15, BigInt(timeMs));
  out.close(start);
}
