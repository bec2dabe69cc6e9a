import { snappyCompress } from '../../../server/src/base/snappy.ts';
import type { DatasetInfo, DatasetWriter } from './dataset.ts';
import { createRandom, type Random } from './random.ts';
import { field, varintSize, WireBuffer } from './wire.ts';

/** Set M1 of the research, scaled: node_exporter-shaped hosts and applications with histograms. */
export interface MetricsOptions {
  readonly seed: number;
  readonly hosts: number;
  readonly apps: number;
  readonly intervalMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly samplesPerRequest: number;
}

type Kind = 'constant' | 'slow' | 'counter' | 'gauge' | 'float';

interface GeneratedSeries {
  /** The label fields of a TimeSeries message. */
  readonly labels: Buffer;
  readonly kind: Kind;
  value: number;
  step: number;
}

const SERIES_PER_HOST = 900;
const STALE = new Uint8Array(new BigUint64Array([0x7ff0000000000002n]).buffer);
const STALE_NAN = new Float64Array(STALE.buffer)[0] as number;
const LE = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];
const MODES = ['user', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'nice'];

/** 25 % constant, 20 % slow whole-number gauge, 35 % counter, 15 % gauge with two decimals, 5 % full precision. */
function kindOf(random: Random): Kind {
  const at = random.next();
  return at < 0.25 ? 'constant' : at < 0.45 ? 'slow' : at < 0.8 ? 'counter' : at < 0.95 ? 'gauge' : 'float';
}

function hostSeries(random: Random, host: number): GeneratedSeries[] {
  const instance = `10.0.${host >> 8}.${host & 255}:9100`;
  const fixed = [
    ['instance', instance],
    ['job', 'node'],
  ] as const;
  const series: GeneratedSeries[] = [];
  const add = (kind: Kind, name: string, ...labels: readonly (readonly [string, string])[]): void => {
    series.push({
      labels: encodeLabels([['__name__', name], ...labels, ...fixed]),
      kind,
      value: start(random, kind),
      step: 1 + random.next() * 50,
    });
  };
  add('constant', 'up');
  for (let cpu = 0; cpu < 16; cpu++)
    for (const mode of MODES) add('counter', 'node_cpu_seconds_total', ['cpu', String(cpu)], ['mode', mode]);
  for (const name of ['node_load1', 'node_load5', 'node_load15']) add('gauge', name);
  for (const name of ['MemTotal', 'MemFree', 'MemAvailable', 'Cached', 'Buffers'])
    add('slow', `node_memory_${name}_bytes`);
  for (let i = 0; series.length < SERIES_PER_HOST; i++) {
    const kind = kindOf(random);
    add(kind, `node_${kind}_${i % 60}${kind === 'counter' ? '_total' : ''}`, ['device', `dev${i}`]);
  }
  return series;
}

function appSeries(random: Random, app: number, generation: number): GeneratedSeries[] {
  const service = `service-${app}`;
  const fixed = [
    ['instance', `10.1.0.${app}:8080`],
    ['job', 'app'],
    ['pod', `${service}-${generation.toString(36)}-${random.hex(5)}`],
    ['service', service],
  ] as const;
  const series: GeneratedSeries[] = [];
  const add = (kind: Kind, step: number, name: string, ...labels: readonly (readonly [string, string])[]): void => {
    series.push({
      labels: encodeLabels([['__name__', name], ...labels, ...fixed]),
      kind,
      value: start(random, kind),
      step,
    });
  };
  for (let route = 0; route < 10; route++) {
    const path = `/v1/route${route}`;
    for (const [i, le] of LE.entries()) {
      add('counter', 1 + i * 2, 'http_request_duration_seconds_bucket', ['le', le], ['path', path]);
    }
    add('counter', 25, 'http_request_duration_seconds_count', ['path', path]);
    add('float', 3, 'http_request_duration_seconds_sum', ['path', path]);
    for (const status of ['200', '404', '500'])
      add('counter', status === '200' ? 20 : 1, 'http_requests_total', ['path', path], ['status', status]);
  }
  while (series.length < 200) add(kindOf(random), 2, `app_metric_${series.length}`);
  return series;
}

function encodeLabels(labels: readonly (readonly [string, string])[]): Buffer {
  const sorted = labels.toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
  return Buffer.concat(sorted.map(([name, value]) => field(1, Buffer.concat([field(1, name), field(2, value)]))));
}

function start(random: Random, kind: Kind): number {
  return kind === 'constant'
    ? random.integer(5)
    : kind === 'counter'
      ? random.integer(1_000_000)
      : kind === 'slow'
        ? random.integer(100_000)
        : Math.round(random.next() * 10_000) / 100;
}

function advance(series: GeneratedSeries, random: Random): number {
  switch (series.kind) {
    case 'constant':
      break;
    case 'slow':
      if (random.next() < 0.2) series.value += random.integer(21) - 10;
      break;
    case 'counter':
      series.value = random.next() < 0.0001 ? 0 : series.value + random.integer(Math.ceil(series.step * 2));
      break;
    case 'gauge':
      series.value = Math.round((series.value + random.next() - 0.5) * 100) / 100;
      break;
    case 'float':
      series.value += random.next() * series.step;
      break;
  }
  return series.value;
}

/** Writes remote-write 1.0 requests, time after time, all series of one scrape before the next. */
export function generateMetrics(options: MetricsOptions, out: DatasetWriter): DatasetInfo {
  const random = createRandom(options.seed);
  const hosts = Array.from({ length: options.hosts }, (_, host) => hostSeries(random, host));
  const apps = Array.from({ length: options.apps }, (_, app) => appSeries(random, app, 0));
  const wire = new WireBuffer(options.samplesPerRequest * 512 + 65_536);
  let pending = 0;
  const flush = (): void => {
    if (pending === 0) return;
    const body = wire.view();
    out.add(snappyCompress(body), pending, body.length);
    wire.length = 0;
    pending = 0;
  };
  const emit = (series: GeneratedSeries, value: number, timeMs: number): void => {
    const sampleBytes = 10 + varintSize(timeMs);
    wire.byte(0x0a);
    wire.varint(series.labels.length + 2 + sampleBytes);
    wire.raw(series.labels);
    wire.byte(0x12);
    wire.byte(sampleBytes);
    wire.byte(0x09);
    wire.double(value);
    wire.byte(0x10);
    wire.varint(timeMs);
    if (++pending >= options.samplesPerRequest) flush();
  };
  const late: (readonly [GeneratedSeries, number, number])[] = [];
  let generation = 0;
  let nextChurn = options.fromMs + 3_600_000;
  for (let time = options.fromMs; time < options.toMs; time += options.intervalMs) {
    for (const [series, value, at] of late.splice(0)) emit(series, value, at);
    if (time >= nextChurn) {
      nextChurn += 3_600_000;
      generation++;
      const app = generation % Math.max(1, apps.length);
      for (const series of apps[app] ?? []) emit(series, STALE_NAN, time);
      apps[app] = appSeries(random, app, generation);
    }
    for (const group of [...hosts, ...apps]) {
      for (const series of group) {
        const value = advance(series, random);
        if (random.next() < 0.001) late.push([series, value, time]);
        else emit(series, value, time);
      }
    }
  }
  for (const [series, value, at] of late) emit(series, value, at);
  flush();
  return out.finish();
}
