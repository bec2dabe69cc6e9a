import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { sectionRows } from '../../store/index.ts';
import { NOW, report, target } from './test_target.ts';

const PROTOBUF = { format: 'protobuf' } as const;
const TYPES = { counter: 0, gauge: 1, summary: 2, untyped: 3, histogram: 4, gaugehistogram: 5 };
const NATIVE = { native: true, alwaysClassic: false, toNhcb: false, bucketLimit: 0, minFactor: 0 };

type Fill = (writer: ProtobufWriter) => void;

/** A delimited MetricFamily: each metric is its labels and what fills it. */
function family(
  name: string,
  type: keyof typeof TYPES,
  metrics: readonly [Record<string, string>, Fill][],
): Uint8Array {
  const writer = new ProtobufWriter();
  writer.text(1, name);
  writer.text(2, `Help of ${name}.`);
  writer.uint32(3, TYPES[type]);
  for (const [labels, fill] of metrics) {
    const metric = writer.open(4);
    for (const [label, value] of Object.entries(labels)) {
      const pair = writer.open(1);
      writer.text(1, label);
      writer.text(2, value);
      writer.close(pair);
    }
    fill(writer);
    writer.close(metric);
  }
  const message = writer.finish().slice();
  const length = [];
  for (let rest = message.length; ; rest >>>= 7) {
    if (rest < 0x80) {
      length.push(rest);
      break;
    }
    length.push((rest & 0x7f) | 0x80);
  }
  return Uint8Array.of(...length, ...message);
}

const body = (...families: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(families.flatMap((bytes) => [...bytes]));

const simple =
  (field: number, value: number): Fill =>
  (writer) => {
    const at = writer.open(field);
    writer.double(1, value);
    writer.close(at);
  };

const zigzag = (value: number): number => (value < 0 ? -value * 2 - 1 : value * 2);

interface Native {
  readonly count: number;
  readonly sum: number;
  readonly deltas: readonly number[];
  readonly schema?: number;
  readonly buckets?: readonly (readonly [number, number])[];
  readonly startSeconds?: number;
}

const histogram =
  ({ count, sum, deltas, schema = 3, buckets = [], startSeconds }: Native): Fill =>
  (writer) => {
    const at = writer.open(7);
    writer.uint32(1, count);
    writer.double(2, sum);
    for (const [bound, cumulative] of buckets) {
      const bucket = writer.open(3);
      writer.uint32(1, cumulative);
      writer.double(2, bound);
      writer.close(bucket);
    }
    if (deltas.length > 0) {
      writer.uint32(5, zigzag(schema));
      const span = writer.open(12);
      writer.uint32(1, zigzag(1));
      writer.uint32(2, deltas.length);
      writer.close(span);
      for (const delta of deltas) writer.uint32(13, zigzag(delta));
    }
    if (startSeconds !== undefined) {
      const start = writer.open(15);
      writer.int64(1, BigInt(startSeconds));
      writer.close(start);
    }
    writer.close(at);
  };

test('counters, gauges, summaries and classic histograms become the series their text would be', () => {
  const summary: Fill = (writer) => {
    const at = writer.open(4);
    writer.uint32(1, 7);
    writer.double(2, 3.5);
    const quantile = writer.open(3);
    writer.double(1, 0.5);
    writer.double(2, 0.25);
    writer.close(quantile);
    writer.close(at);
  };
  const classic = histogram({
    count: 5,
    sum: 2,
    deltas: [],
    buckets: [
      [1, 2],
      [2.5, 4],
    ],
  });
  const { scrape, samples } = target();
  const decoded = scrape(
    body(
      family('c_total', 'counter', [
        [{ a: 'x' }, simple(3, 4)],
        [{ a: 'y' }, simple(3, 5)],
      ]),
      family('g', 'gauge', [[{}, simple(2, -1.5)]]),
      family('s', 'summary', [[{}, summary]]),
      family('h', 'histogram', [[{}, classic]]),
    ),
    PROTOBUF,
  );
  assert.deepEqual(samples(decoded), {
    'c_total a=x': 4,
    'c_total a=y': 5,
    g: -1.5,
    s_count: 7,
    s_sum: 3.5,
    's quantile=0.5': 0.25,
    h_count: 5,
    h_sum: 2,
    'h_bucket le=1.0': 2,
    'h_bucket le=2.5': 4,
    'h_bucket le=+Inf': 5,
  });
  assert.equal(report(decoded).error, '');
  const metadata = decoded.sections.filter(({ table }) => table === 'metadata').flatMap(sectionRows);
  assert.deepEqual(
    metadata.map(({ metric, type }) => [metric, type]),
    [
      ['c_total', 'counter'],
      ['g', 'gauge'],
      ['s', 'summary'],
      ['h', 'histogram'],
    ],
  );
});

test('a native histogram is stored as one, with its start, and ends with a stale one', () => {
  const { scrape, samples, histograms } = target();
  const native = histogram({ count: 6, sum: 9.5, deltas: [1, 1, 1], buckets: [[1, 6]], startSeconds: NOW / 1000 - 60 });
  const meta = { ...PROTOBUF, histograms: NATIVE };
  const decoded = scrape(body(family('h', 'histogram', [[{ a: 'x' }, native]])), meta);
  assert.deepEqual(samples(decoded), {});
  const { schema, count, positive_buckets: counts } = histograms(decoded)['h a=x'] ?? {};
  assert.deepEqual([schema, count, counts], [3, 6, [1, 2, 3]]);
  assert.equal(
    decoded.sections.some(({ table }) => table === 'sample_starts'),
    true,
  );
  const gone = scrape(body(), meta);
  assert.deepEqual(samples(gone), {});
  assert.equal(Object.keys(histograms(gone)).join(), 'h a=x');
  assert.equal(histograms(gone)['h a=x']?.count, 0);
});

test('classic buckets stay beside a native histogram when they are asked for, and alone when native ones are not', () => {
  const both = body(
    family('h', 'histogram', [[{}, histogram({ count: 6, sum: 9.5, deltas: [1, 1, 1], buckets: [[1, 4]] })]]),
  );
  const kept = target();
  const decoded = kept.scrape(both, { ...PROTOBUF, histograms: { ...NATIVE, alwaysClassic: true } });
  assert.deepEqual(Object.keys(kept.histograms(decoded)), ['h']);
  assert.equal(kept.samples(decoded)['h_bucket le=1.0'], 4);
  const classic = target();
  const without = classic.scrape(both, PROTOBUF);
  assert.deepEqual(Object.keys(classic.histograms(without)), []);
  assert.equal(classic.samples(without).h_count, 6);
});

test('a histogram with more buckets than allowed gets coarser until it fits', () => {
  const { scrape, histograms } = target();
  const many = histogram({ count: 8, sum: 1, deltas: [1, 0, 0, 0, 0, 0, 0, 0] });
  const decoded = scrape(body(family('h', 'histogram', [[{}, many]])), {
    ...PROTOBUF,
    histograms: { ...NATIVE, bucketLimit: 3 },
  });
  const row = histograms(decoded).h ?? {};
  assert.deepEqual([row.schema, row.count, (row.positive_buckets as number[]).length <= 3], [1, 8, true]);
  const growing = scrape(body(family('h', 'histogram', [[{}, many]])), {
    ...PROTOBUF,
    histograms: { ...NATIVE, minFactor: 2 },
  });
  assert.equal(histograms(growing).h?.schema, 0);
});

test('classic histograms become native ones with custom buckets, out of text and protobuf alike', () => {
  const toNhcb = { ...NATIVE, toNhcb: true };
  const text = target();
  const fromText = text.scrape(
    '# TYPE h histogram\nh_bucket{a="x",le="1"} 2\nh_bucket{a="x",le="2.5"} 4\nh_bucket{a="x",le="+Inf"} 5\nh_sum{a="x"} 7\nh_count{a="x"} 5\n# TYPE g gauge\ng 1\n',
    { histograms: toNhcb },
  );
  const proto = target();
  const classic = histogram({
    count: 5,
    sum: 7,
    deltas: [],
    buckets: [
      [1, 2],
      [2.5, 4],
    ],
  });
  const fromProto = proto.scrape(
    body(family('h', 'histogram', [[{ a: 'x' }, classic]]), family('g', 'gauge', [[{}, simple(2, 1)]])),
    { ...PROTOBUF, histograms: toNhcb },
  );
  assert.deepEqual(text.samples(fromText), { g: 1 });
  assert.deepEqual(proto.samples(fromProto), { g: 1 });
  const [a, b] = [text.histograms(fromText)['h a=x'], proto.histograms(fromProto)['h a=x']];
  assert.deepEqual([a?.schema, a?.count, a?.positive_buckets, a?.custom_values], [-53, 5, [2, 2, 1], [1, 2.5]]);
  assert.deepEqual({ ...a, series: 0 }, { ...b, series: 0 });
});

test('what is no protobuf, or breaks the histogram’s own rules, fails the scrape and says why', () => {
  const broken = family('h', 'histogram', [[{}, histogram({ count: 1, sum: 1, deltas: [1, 1, 1] })]]);
  for (const [bytes, message] of [
    [Uint8Array.of(200, 1, 2), /passes the end/],
    [body(broken), /histogram "h": .*observations found in buckets/],
    [body(family('', 'gauge', [[{}, simple(2, 1)]])), /invalid metric name/],
  ] as const) {
    const { scrape } = target();
    assert.match(report(scrape(bytes, { ...PROTOBUF, histograms: NATIVE })).error, message);
  }
});

test('cut anywhere, a body fails as a whole or is read as a whole', () => {
  const whole = body(
    family('c_total', 'counter', [[{ a: 'x' }, simple(3, 4)]]),
    family('h', 'histogram', [[{}, histogram({ count: 6, sum: 9.5, deltas: [1, 1, 1] })]]),
  );
  for (let cut = 1; cut < whole.length; cut++) {
    const { scrape, samples } = target();
    const decoded = scrape(whole.slice(0, cut), { ...PROTOBUF, histograms: NATIVE });
    if (report(decoded).error !== '') assert.deepEqual(samples(decoded), {});
  }
});

const COLLECTORS = ['disable-defaults', 'meminfo', 'vmstat', 'loadavg', 'uname', 'stat', 'time'].map(
  (name) => `--collector.${name}`,
);
const EXPORTER = 'prometheus-node-exporter';
const installed = spawnSync(EXPORTER, ['--version']).error === undefined;

test('a real exporter’s protobuf and text make the same series', {
  timeout: 60_000,
  skip: installed ? false : `${EXPORTER} is not installed`,
}, async (t) => {
  const exporter = spawn(EXPORTER, ['--web.listen-address=127.0.0.1:0', '--log.format=json', ...COLLECTORS], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(async () => {
    exporter.kill();
    await once(exporter, 'close');
  });
  let said = '';
  const address = await new Promise<string>((resolve, reject) => {
    exporter.on('exit', () => reject(new Error(`the exporter ended: ${said}`)));
    exporter.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const found = /"address":"(127\.0\.0\.1:[1-9]\d*)"/.exec(said);
      if (found?.[1] !== undefined) resolve(found[1]);
    });
  });
  const get = async (accept: string): Promise<Uint8Array<ArrayBuffer>> =>
    (await fetch(`http://${address}/metrics`, { headers: { accept } })).bytes();
  const proto = target({}, 100_000);
  const text = target({}, 100_000);
  const media = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
  const fromProto = proto.scrape(await get(media), PROTOBUF);
  const fromText = text.scrape(await get('text/plain;version=0.0.4'));
  assert.equal(report(fromProto).error, '');
  const names = (samples: object): string[] =>
    Object.keys(samples)
      .filter((name) => !/^(promhttp_|go_|process_|node_scrape)/.test(name))
      .sort();
  const [a, b] = [names(proto.samples(fromProto)), names(text.samples(fromText))];
  assert.deepEqual(a, b);
  assert.equal(a.length > 60, true, String(a.length));
});
