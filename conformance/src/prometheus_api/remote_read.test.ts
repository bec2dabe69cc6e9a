import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import protobuf from 'protobufjs';
import { snappyCompress, snappyUncompress } from '../../../server/src/base/snappy.ts';
import { makeData } from '../promql_peer/data.ts';
import { type RunningServer, startServer } from '../running_server.ts';

/** Messages of prometheus/prompb by their field numbers, read and written by protobufjs. */
const MESSAGES = protobuf.parse(`syntax = "proto3"; package prometheus;
message ReadRequest { repeated Query queries = 1; repeated uint32 accepted_response_types = 2; }
message Query { int64 start_timestamp_ms = 1; int64 end_timestamp_ms = 2; repeated LabelMatcher matchers = 3; }
message LabelMatcher { uint32 type = 1; string name = 2; string value = 3; }
message ReadResponse { repeated QueryResult results = 1; }
message QueryResult { repeated TimeSeries timeseries = 1; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Histogram histograms = 4; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
message Histogram { double count_float = 2; double sum = 3; sint32 schema = 4; double zero_count_float = 7;
  repeated BucketSpan positive_spans = 11; repeated double positive_counts = 13; int64 timestamp = 15; }`).root;

interface Response {
  readonly results: readonly {
    readonly timeseries: readonly {
      readonly labels: readonly { readonly name: string; readonly value: string }[];
      readonly samples?: readonly { readonly value: number; readonly timestamp: string }[];
      readonly histograms?: readonly { readonly countFloat: number; readonly positiveCounts: readonly number[] }[];
    }[];
  }[];
}

let server: RunningServer;
const data = makeData(3, Date.now());

before(async () => {
  server = await startServer({ env: { TRILITH_OUT_OF_ORDER_MINUTES: '300' } });
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  for (const body of data.requests)
    assert.equal((await fetch(`${server.url}/api/v1/write`, { method: 'POST', headers, body })).status, 204);
});

after(() => server.stop());

async function read(name: string, accepted: readonly number[] = [], type = 0): Promise<globalThis.Response> {
  const message = MESSAGES.lookupType('prometheus.ReadRequest');
  const request = message.create({
    queries: [
      {
        startTimestampMs: data.endMs - 60_000,
        endTimestampMs: data.endMs,
        matchers: [{ type, name: '__name__', value: name }],
      },
    ],
    acceptedResponseTypes: accepted,
  });
  const body = Uint8Array.from(snappyCompress(message.encode(request).finish()));
  return fetch(`${server.url}/api/v1/read`, { method: 'POST', body });
}

async function sampled(name: string): Promise<Response['results'][number]['timeseries']> {
  const response = await read(name);
  assert.equal(response.headers.get('content-type'), 'application/x-protobuf');
  assert.equal(response.headers.get('content-encoding'), 'snappy');
  const bytes = snappyUncompress(new Uint8Array(await response.arrayBuffer()), { maxBytes: 1 << 24 });
  const message = MESSAGES.lookupType('prometheus.ReadResponse');
  const decoded = message.toObject(message.decode(bytes), { longs: String, arrays: true }) as Response;
  return decoded.results[0]?.timeseries ?? [];
}

test('samples come with their labels and times, both ends of the range included', async () => {
  const series = await sampled('target_info');
  assert.equal(series.length, 6);
  assert.deepEqual(
    series[0]?.labels.map(({ name }) => name),
    ['__name__', 'instance', 'job', 'version'],
  );
  assert.deepEqual(
    series[0]?.samples,
    [60, 45, 30, 15, 0].map((ago) => ({ value: 1, timestamp: String(data.endMs - ago * 1000) })),
  );
});

test('native histograms come with the buckets they have', async () => {
  const series = await sampled('rpc_seconds');
  const last = series[0]?.histograms?.at(-1);
  assert.ok(last !== undefined && last.countFloat > 0);
  assert.equal(last.positiveCounts.length, 6);
});

test('a type the server does not know is refused, and so is a body that is none', async () => {
  const unknown = await read('up', [7]);
  assert.equal(unknown.status, 400);
  assert.match(await unknown.text(), /does not support any of the requested response types/);
  const matcher = await read('up', [], 9);
  assert.deepEqual([matcher.status, await matcher.text()], [400, 'invalid matcher type\n']);
  const junk = await fetch(`${server.url}/api/v1/read`, { method: 'POST', body: Uint8Array.of(5, 1, 2) });
  assert.equal(junk.status, 400);
});
