import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Decoded } from '../../model/ingest.ts';
import { sectionRows } from '../../store/index.ts';
import { RELABEL_DEFAULTS } from './relabel.ts';
import { NOW, REPORTS, report, target } from './test_target.ts';

test('a scrape becomes samples with the target’s labels, and the series about itself', () => {
  const { scrape, samples } = target();
  const decoded = scrape('# HELP a A.\n# TYPE a counter\na{x="1"} 7\na{x="2"} 0.5\nb NaN\n');
  assert.deepEqual(samples(decoded, true), {
    'a x=1': 7,
    'a x=2': 0.5,
    b: Number.NaN,
    up: 1,
    scrape_duration_seconds: 0.25,
    scrape_samples_scraped: 3,
    scrape_samples_post_metric_relabeling: 3,
    scrape_series_added: 3,
  });
  assert.equal(decoded.accepted.samples, 8);
  const [metadata] = decoded.sections.filter(({ table }) => table === 'metadata').flatMap(sectionRows);
  assert.deepEqual([metadata?.metric, metadata?.type, metadata?.help], ['a', 'counter', 'A.']);
});

test('a second scrape adds no series and repeats no metadata', () => {
  const { scrape } = target();
  const body = '# TYPE a counter\na 1\nb 2\n';
  scrape(body);
  const again = scrape(body, { timeMs: NOW + 15_000 });
  assert.equal(report(again).added, 0);
  assert.deepEqual(
    again.sections.map(({ table }) => table),
    ['samples'],
  );
});

test('series that vanish are marked stale once; they may come back', () => {
  const { scrape, samples } = target();
  scrape('a 1\nb 2\nc 3\n');
  assert.deepEqual(samples(scrape('b 2\n')), { a: 'stale', b: 2, c: 'stale' });
  assert.deepEqual(samples(scrape('b 2\n')), { b: 2 });
  const back = scrape('b 2\na 1\n');
  assert.deepEqual([samples(back), report(back).added], [{ b: 2, a: 1 }, 1]);
});

test('whatever comes and goes, a series is stale exactly when the scrape before had it and this one does not', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'));
  fc.assert(
    fc.property(fc.array(names, { maxLength: 8 }), (scrapes) => {
      const { scrape, samples } = target();
      let before: string[] = [];
      for (const now of scrapes) {
        const expected: Record<string, number | 'stale'> = {};
        for (const name of before) expected[name] = 'stale';
        for (const name of now) expected[name] = 1;
        assert.deepEqual(samples(scrape(now.map((name) => `${name} 1\n`).join(''))), expected);
        before = now;
      }
    }),
  );
});

test('a failed or removed target ends all its series; a removed one its own reports too', () => {
  const { scrape, samples } = target();
  scrape('a 1\n');
  const failed = scrape('', { kind: 'failed' });
  assert.deepEqual([samples(failed).a, samples(failed, true).up], ['stale', 0]);
  scrape('a 1\n');
  assert.deepEqual(
    samples(scrape('', { kind: 'removed' }), true),
    Object.fromEntries(['a', ...REPORTS].map((name) => [name, 'stale'])),
  );
});

test('markers of a submission that was lost come again with the next', () => {
  const { scrape, samples } = target();
  scrape('a 1\nb 1\n');
  scrape('a 1\n');
  assert.deepEqual(samples(scrape('a 1\n', { previousLost: true })), { a: 1, b: 'stale' });
});

test('a body that breaks off in the middle is a failed scrape as a whole', () => {
  const { scrape, samples } = target();
  scrape('a 1\nb 1\n');
  const decoded = scrape('a 2\nb{x="\n');
  assert.deepEqual(samples(decoded), { a: 'stale', b: 'stale' });
  assert.equal(samples(decoded, true).up, 0);
  assert.match(report(decoded).error, /line 2/);
  assert.equal(decoded.rejections[0]?.reason, 'invalid_record');
});

test('samples with a time of their own keep it, get no markers, and are refused beyond the limits', () => {
  const { scrape, samples } = target();
  const decoded = scrape(`a 1 ${NOW - 1000}\nold 1 ${NOW - 8_000_000}\nnew 1 ${NOW + 700_000}\n`);
  assert.deepEqual(samples(decoded), { a: 1 });
  assert.deepEqual(
    decoded.rejections.map(({ reason, count }) => [reason, count]),
    [
      ['too_old', 1],
      ['too_new', 1],
    ],
  );
  assert.deepEqual(samples(scrape('b 1\n')), { b: 1 });
  assert.deepEqual(samples(scrape(`old 1 ${NOW - 8_000_000}\n`, { honorTimestamps: false })), { old: 1, b: 'stale' });
});

test('labels of the target win and keep the sample’s own as exported_, unless honor_labels', () => {
  const body = 'a{job="mine",exported_job="x",instance=""} 1\n';
  const strict = target();
  assert.deepEqual(strict.samples(strict.scrape(body)), { 'a exported_exported_job=mine exported_job=x': 1 });
  const honoured = target();
  honoured.scrape(body, { honorLabels: true });
  assert.deepEqual(honoured.context.series.labels(0), ['__name__', 'a', 'exported_job', 'x', 'job', 'mine']);
});

test('metric_relabel_configs drop and rename; what was dropped is counted as scraped', () => {
  const { scrape, samples } = target();
  const metricRelabel = [
    { ...RELABEL_DEFAULTS, action: 'drop' as const, sourceLabels: ['__name__'], regex: 'go_.*' },
    { ...RELABEL_DEFAULTS, sourceLabels: ['x'], targetLabel: 'y', replacement: 'is-$1' },
    { ...RELABEL_DEFAULTS, action: 'labeldrop' as const, regex: 'x' },
  ];
  for (let round = 0; round < 2; round++) {
    const decoded = scrape('go_gc 1\na{x="1"} 2\n', { metricRelabel });
    assert.deepEqual(samples(decoded), { 'a y=is-1': 2 });
    assert.deepEqual([report(decoded).scraped, report(decoded).stored], [2, 1]);
  }
  assert.deepEqual(samples(scrape('go_gc 1\na{x="1"} 2\n', { variant: 1001 })), {
    go_gc: 1,
    'a x=1': 2,
    'a y=is-1': 'stale',
  });
});

test('limits: sample_limit and label_limit fail the scrape, ours refuse the sample, a full registry only new series', () => {
  const over = target();
  assert.match(report(over.scrape('a 1\nb 1\n', { sampleLimit: 1 })).error, /sample limit exceeded/);
  assert.match(report(over.scrape('a{x="1"} 1\n', { labelLimit: 3 })).error, /label_limit exceeded/);
  const long = target({ labelValueBytes: 10 });
  const decoded = long.scrape(`a{x="${'y'.repeat(11)}"} 1\nb 1\n`);
  assert.deepEqual([long.samples(decoded), decoded.rejections[0]?.reason], [{ b: 1 }, 'label_value_length']);
  const full = target({}, 7);
  const reports = 5;
  const first = full.scrape('a 1\nb 1\n');
  assert.equal(first.accepted.samples, 2 + reports);
  const second = full.scrape('a 1\nb 1\nc 1\n');
  assert.deepEqual([full.samples(second), second.rejections[0]?.reason], [{ a: 1, b: 1 }, 'series_limit']);
});

test('a series given twice at one time is stored once and counted', () => {
  const { scrape, samples } = target();
  const decoded = scrape('a 1\na 2\n');
  assert.deepEqual([samples(decoded), decoded.rejections[0]?.count], [{ a: 1 }, 1]);
  assert.deepEqual(scrape('a 1\na 2\n').rejections[0]?.count, 1);
});

test('exemplars are stored once, with their trace, and refused when too long', () => {
  const { scrape } = target();
  const body = `# TYPE a counter\na_total 1 # {trace_id="9AF",user="u"} 0.5\n# EOF\n`;
  const exemplars = (decoded: Decoded) =>
    decoded.sections.filter(({ table }) => table === 'exemplars').flatMap(sectionRows);
  const [row] = exemplars(scrape(body, { format: 'openmetrics' }));
  assert.deepEqual([row?.trace_id, row?.value, { ...(row?.labels as object) }], ['9af', 0.5, { user: 'u' }]);
  assert.deepEqual(exemplars(scrape(body, { format: 'openmetrics' })), []);
  const long = scrape(`# TYPE a counter\na_total 1 # {x="${'y'.repeat(128)}"} 1\n# EOF`, { format: 'openmetrics' });
  assert.deepEqual([exemplars(long), long.rejections[0]?.reason], [[], 'invalid_record']);
});

test('mutated and truncated bodies never throw: they are stored or are a failed scrape', () => {
  const body =
    '# TYPE a histogram\n# HELP a help\na_bucket{le="1",x="b\\"z"} 1 # {t="1"} 0.5 1.5\na_sum 1e3 12.5\na_count 3\n# EOF\n';
  const { scrape } = target();
  fc.assert(
    fc.property(
      fc.nat(body.length),
      fc.nat(body.length),
      fc.string({
        maxLength: 3,
        unit: fc.constantFrom('{', '}', '"', '\\', '\n', ' ', '#', ',', '=', '1', 'e', 'a', '\u0000'),
      }),
      (at, cut, insert) => {
        const mutated = (body.slice(0, at) + insert + body.slice(at)).slice(0, cut);
        for (const format of ['text', 'openmetrics'] as const) scrape(mutated, { format });
      },
    ),
    { numRuns: 2000 },
  );
});
