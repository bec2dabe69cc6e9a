import { crc32c } from '@node-rs/crc32';
import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { snappyCompress } from '../../base/snappy.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import { putHistogram } from '../../model/histogram_message.ts';
import type { Labels, Matcher } from '../../model/labels.ts';
import type { SeriesSet, TenantMetrics, TimeRange } from '../../query/index.ts';
import { type Chunk, type ChunkSamples, chunksOf } from './chunks.ts';
import { attached, externalLabels, withoutExternal } from './external_labels.ts';
import { decodeReadRequest } from './remote_read_request.ts';

/** Bytes of chunks in one frame before the next is begun (upstream's --storage.remote.read-max-bytes-in-frame). */
const FRAME_BYTES = 1_048_576;

/** The bits of Prometheus' stale marker. */
const STALE_LOW = 2;
const STALE_HIGH = 0x7ff0_0000;

/** `/read`: samples or chunks of series for another Prometheus (prompb/remote.proto). Throws BadRequest and PromqlError. */
export async function remoteRead(
  { body, headers, signal }: HttpRequest,
  metrics: TenantMetrics,
): Promise<HttpResponse> {
  const { queries, response } = decodeReadRequest(body);
  const external = externalLabels(headers);
  const results: SeriesSet[] = [];
  for (const { matchers, range } of queries)
    results.push(
      range.toMs < range.fromMs
        ? EMPTY
        : await select(metrics, withoutExternal(matchers, external), range, signal, external),
    );
  if (response === 'samples') {
    return {
      status: 200,
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
      body: snappyCompress(sampledResponse(results)),
    };
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse' },
    body: chunkedResponse(results),
  };
}

async function select(
  metrics: TenantMetrics,
  matchers: readonly Matcher[],
  range: TimeRange,
  signal: AbortSignal,
  external: Labels,
): Promise<SeriesSet> {
  const set = await metrics.samples(matchers, range, signal);
  return external.length === 0 ? set : { ...set, labels: set.labels.map((labels) => attached(labels, external)) };
}

const EMPTY: SeriesSet = {
  labels: [],
  offsets: new Uint32Array(1),
  times: new Float64Array(0),
  values: new Float64Array(0),
  stale: new Map(),
};

function sampledResponse(results: readonly SeriesSet[]): Uint8Array {
  const out = new ProtobufWriter(65_536);
  for (const set of results) {
    const result = out.open(1);
    for (const series of set.labels.keys()) {
      const timeSeries = out.open(1);
      putLabels(out, set.labels[series] as Labels);
      putSamples(out, samplesOf(set, series));
      out.close(timeSeries);
    }
    out.close(result);
  }
  return out.finish();
}

function putLabels(out: ProtobufWriter, labels: Labels): void {
  for (let i = 0; i < labels.length; i += 2) {
    const label = out.open(1);
    out.text(1, labels[i] as string);
    out.text(2, labels[i + 1] as string);
    out.close(label);
  }
}

function putSamples(out: ProtobufWriter, { times, words, histograms }: ChunkSamples): void {
  for (let i = 0; i < times.length; i++) {
    if (histograms?.[i] !== undefined) continue;
    const sample = out.open(2);
    out.fixed64(1, (BigInt(words[i * 2 + 1] as number) << 32n) | BigInt(words[i * 2] as number));
    out.int64(2, BigInt(times[i] as number));
    out.close(sample);
  }
  histograms?.forEach((histogram, i) => {
    if (histogram !== undefined) putHistogram(out, times[i] as number, histogram);
  });
}

/** Frames of one series each: length, CRC32C, `prometheus.ChunkedReadResponse`; series sorted by labels. */
function chunkedResponse(results: readonly SeriesSet[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  results.forEach((set, query) => {
    const order = [...set.labels.keys()].sort((a, b) => compare(set.labels[a] as Labels, set.labels[b] as Labels));
    for (const series of order) {
      let frame: Chunk[] = [];
      let bytes = 0;
      const flush = (): void => {
        if (frame.length > 0) pieces.push(...framed(set.labels[series] as Labels, frame, query));
        frame = [];
        bytes = 0;
      };
      for (const chunk of chunksOf(samplesOf(set, series))) {
        frame.push(chunk);
        bytes += chunk.data.length;
        if (bytes >= FRAME_BYTES) flush();
      }
      flush();
    }
  });
  return Buffer.concat(pieces);
}

function framed(labels: Labels, chunks: readonly Chunk[], query: number): readonly Uint8Array[] {
  const out = new ProtobufWriter(4096);
  const series = out.open(1);
  putLabels(out, labels);
  for (const { fromMs, toMs, encoding, data } of chunks) {
    const chunk = out.open(2);
    out.int64(1, BigInt(fromMs));
    out.int64(2, BigInt(toMs));
    out.uint32(3, encoding);
    out.bytes(4, data);
    out.close(chunk);
  }
  out.close(series);
  out.uint32(2, query);
  const message = out.finish();
  const head: number[] = [];
  let rest = message.length;
  while (rest >= 0x80) {
    head.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  const checksum = crc32c(message);
  head.push(rest, checksum >>> 24, (checksum >>> 16) & 0xff, (checksum >>> 8) & 0xff, checksum & 0xff);
  return [Uint8Array.from(head), message];
}

/** Label sets in upstream's order: name by name, value by value, the shorter first. */
function compare(a: Labels, b: Labels): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return (a[i] as string) < (b[i] as string) ? -1 : 1;
  return a.length - b.length;
}

/** The samples of a series with its stale markers among them, as they were sent. */
export function samplesOf(set: SeriesSet, series: number): ChunkSamples {
  const [from, to] = [set.offsets[series] as number, set.offsets[series + 1] as number];
  const { buffer, byteOffset } = set.values;
  const words = new Uint32Array(buffer, byteOffset + from * 8, (to - from) * 2);
  const times = set.times.subarray(from, to);
  const histograms = set.histograms?.get(series);
  const markers = set.stale.get(series);
  return markers === undefined ? { times, words, histograms } : merged({ times, words, histograms }, markers);
}

function merged({ times, words, histograms }: ChunkSamples, markers: Float64Array): ChunkSamples {
  const count = times.length + markers.length;
  const allTimes = new Float64Array(count);
  const allWords = new Uint32Array(count * 2);
  const allHistograms: (FloatHistogram | undefined)[] = [];
  let sample = 0;
  let marker = 0;
  for (let i = 0; i < count; i++) {
    const time = sample < times.length ? (times[sample] as number) : Number.POSITIVE_INFINITY;
    if (marker < markers.length && (markers[marker] as number) < time) {
      allTimes[i] = markers[marker++] as number;
      allWords[i * 2] = STALE_LOW;
      allWords[i * 2 + 1] = STALE_HIGH;
      continue;
    }
    allTimes[i] = time;
    allWords[i * 2] = words[sample * 2] as number;
    allWords[i * 2 + 1] = words[sample * 2 + 1] as number;
    if (histograms !== undefined) allHistograms[i] = histograms[sample];
    sample++;
  }
  return { times: allTimes, words: allWords, histograms: histograms === undefined ? undefined : allHistograms };
}
