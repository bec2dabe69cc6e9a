import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import type { Section } from '../../model/section.ts';
import { dayOf } from '../../model/units.ts';
import { LogBuilder, NOTHING_KNOWN, SpanBuilder, sectionRows } from '../../store/index.ts';
import { samplingSchema } from '../spans/settings.ts';
import type { NoiseRule } from './noise.ts';
import { maskingSchema, noiseSchema } from './settings.ts';
import { createStages, type StageSet, type TenantStages } from './stages.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);

interface Line {
  readonly body: string;
  readonly service?: string;
  /** Index of the severity vocabulary. */
  readonly severity?: number;
  readonly traceId?: string;
  readonly ms?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly repeats?: boolean;
}

function setup(
  settings: { readonly masking?: object; readonly noise?: readonly object[]; readonly patterns?: boolean } = {},
) {
  const set = createStages({
    masking: v.parse(maskingSchema, settings.masking ?? {}),
    noise: v.parse(noiseSchema, settings.noise ?? []),
    patterns: settings.patterns ?? false,
    sampling: v.parse(samplingSchema, {}),
  });
  return { set, tenant: set.ofTenant(createMapInterner(), createMapInterner()) };
}

/** Takes lines as a request of a door and returns its sections. */
function send(
  { set, tenant }: { set: StageSet; tenant: TenantStages },
  lines: readonly Line[],
  nowMs = NOW,
): Section[] {
  set.beginRequest(nowMs);
  const builder = new LogBuilder(lines.length, 100, { stages: tenant.rows });
  for (const { body, service = 'pay', severity = 3, traceId = '', ms = NOW, attributes = {}, repeats } of lines) {
    const columns = builder.at(ms);
    const nanos = BigInt(ms) * 1_000_000n;
    columns.timestamp.append(Number(nanos & 0xffff_ffffn), Number(nanos >> 32n));
    columns.streamId.append(1, 0);
    columns.traceId.appendText(traceId);
    columns.spanId.endRow();
    columns.requestId.endRow();
    columns.userId.appendText(attributes.user_id ?? NOTHING_KNOWN.userId);
    columns.appendSeverity(severity);
    columns.serviceName.appendText(service);
    for (const [key, value] of Object.entries(attributes)) columns.logAttributes.entryText(key, value);
    columns.logAttributes.endRow();
    const bytes = Buffer.from(body);
    columns.appendBody(bytes, 0, bytes.length, DEFAULT_DECODE_LIMITS.logLineBytes);
    columns.mayRepeat.append(repeats === true ? 1 : 0);
  }
  return builder.sections();
}

const rowsOf = (sections: readonly Section[], table: string): Record<string, unknown>[] =>
  sections.filter((section) => section.table === table).flatMap(sectionRows);
const bodies = (sections: readonly Section[]): unknown[] => rowsOf(sections, 'otel_logs').map(({ Body }) => Body);

test('every column of a log row that holds text is masked, and counted by rule and service', () => {
  const stages = setup();
  const sections = send(stages, [
    {
      body: 'card 4111111111111111',
      service: 'bob@example.com',
      attributes: { user_id: 'bob@example.com', api_key: 'abc', plain: 'x', 'a@b.io': 'key' },
    },
    { body: 'nothing', attributes: { plain: 'x' } },
  ]);
  const [row, other] = rowsOf(sections, 'otel_logs');
  assert.deepEqual(
    [row?.Body, row?.ServiceName, row?.UserId, { ...(row?.LogAttributes as object) }],
    [
      'card 411111******1111',
      '***@example.com',
      '***@example.com',
      { user_id: '***@example.com', api_key: '***', plain: 'x', '***@b.io': 'key' },
    ],
  );
  assert.deepEqual([other?.Body, { ...(other?.LogAttributes as object) }], ['nothing', { plain: 'x' }]);
  assert.deepEqual(stages.set.takeCounts(), {
    masked: [
      { rule: 'email', service: '', count: 2 },
      { rule: 'email', service: '***@example.com', count: 1 },
      { rule: 'card', service: '***@example.com', count: 1 },
      { rule: 'password', service: '***@example.com', count: 1 },
    ],
    dropped: [],
    sampled: [],
  });
  assert.equal(stages.set.takeCounts(), undefined);
});

test('spans are masked: names, attributes, events, links, messages', () => {
  const { set, tenant } = setup();
  set.beginRequest(NOW);
  const builder = new SpanBuilder(1, { stages: tenant.rows });
  const columns = builder.at(NOW);
  columns.timestamp.append(0, 1);
  columns.traceId.appendText('1'.repeat(32));
  columns.spanId.appendText('1'.repeat(16));
  columns.parentSpanId.endRow();
  columns.traceState.appendText('a=b');
  columns.name.appendText('GET /u/bob@example.com');
  columns.kind.appendIndex(0);
  columns.serviceName.appendText('web');
  columns.resourceAttributes.endRow();
  columns.scopeName.appendText('');
  columns.scopeVersion.appendText('');
  columns.attributes.entryText('http.url', 'https://h/?token=abc1');
  columns.attributes.entryText('password', 'x');
  columns.attributes.endRow();
  columns.duration.append(1, 0);
  columns.statusCode.appendIndex(0);
  columns.statusMessage.appendText('declined 4111111111111111');
  columns.eventTimestamp.append(0, 1);
  columns.eventName.appendText('exception');
  columns.eventAttributes.entryText('exception.message', 'Bearer abcdef123456');
  columns.eventAttributes.endRow();
  columns.eventOffsets.append(1);
  columns.linkOffsets.append(0);
  columns.resourceTypes.appendText('');
  columns.attributeTypes.appendText('ss');
  columns.eventTypes.appendText('s');
  columns.scopeAttributes.endRow();
  columns.scopeTypes.appendText('');
  columns.resourceSchemaUrl.appendText('');
  columns.scopeSchemaUrl.appendText('');
  columns.numbers.endRow();
  const [row] = builder.sections().flatMap(sectionRows);
  assert.deepEqual(
    [row?.SpanName, { ...(row?.SpanAttributes as object) }, row?.StatusMessage],
    ['GET /u/***@example.com', { 'http.url': 'https://h/?token=***', password: '***' }, 'declined 411111******1111'],
  );
  assert.deepEqual(row?.['Events.Attributes'], [{ 'exception.message': 'Bearer ***' }]);
});

test('labels are masked before they are known, those of series but for addresses', () => {
  const { tenant, set } = setup();
  set.beginRequest(NOW);
  const labels = ['owner', 'bob@example.com', 'pan', '4111111111111111', 'password', 'x"y'];
  const stream = tenant.streams.intern(labels);
  const series = tenant.series.intern(labels);
  assert.deepEqual(tenant.streams.labels(stream), [
    'owner',
    '***@example.com',
    'pan',
    '411111******1111',
    'password',
    '***',
  ]);
  assert.deepEqual(tenant.series.labels(series), [
    'owner',
    'bob@example.com',
    'pan',
    '411111******1111',
    'password',
    '***',
  ]);
});

test('with everything off rows pass as they are', () => {
  const stages = setup({ masking: { enabled: false } });
  assert.deepEqual(bodies(send(stages, [{ body: 'password=x 4111111111111111' }])), ['password=x 4111111111111111']);
  assert.equal(stages.set.takeCounts(), undefined);
});

const noise = (...rules: readonly Partial<NoiseRule>[]) =>
  setup({ masking: { enabled: false }, noise: rules.map((rule, i) => ({ name: `r${i}`, ...rule })) });

test('a rule drops what it matches, saved lines and bytes are counted, all other columns stay in step', () => {
  const stages = noise({ action: 'drop', contains: '/healthz', services: ['pay'] });
  const sections = send(stages, [
    { body: 'a', attributes: { n: '1' } },
    { body: 'GET /healthz', attributes: { n: '2', m: '2' } },
    { body: 'GET /healthz', service: 'other', attributes: { n: '3' } },
    { body: 'b', attributes: { n: '4', k: '5' } },
  ]);
  assert.deepEqual(
    rowsOf(sections, 'otel_logs').map(({ Body, ServiceName, LogAttributes }) => [
      Body,
      ServiceName,
      { ...(LogAttributes as object) },
    ]),
    [
      ['a', 'pay', { n: '1' }],
      ['GET /healthz', 'other', { n: '3' }],
      ['b', 'pay', { n: '4', k: '5' }],
    ],
  );
  assert.deepEqual(stages.set.takeCounts(), {
    masked: [],
    dropped: [{ rule: 'r0', lines: 1, bytes: 12 }],
    sampled: [],
  });
  assert.deepEqual(send(stages, [{ body: '/healthz' }]), []);
});

test('errors are dropped only by a rule that names their level', () => {
  const lines: Line[] = [2, 3, 4, 5, 6, 7, 0].map((severity) => ({ body: `s${severity}`, severity }));
  assert.deepEqual(bodies(send(noise({ action: 'drop' }), lines)), ['s5', 's6', 's7']);
  assert.deepEqual(bodies(send(noise({ action: 'drop', levels: ['ERROR', 'UNKNOWN'] }), lines)), [
    's2',
    's3',
    's4',
    's6',
    's7',
  ]);
});

test('the first rule that matches decides; patterns are RE2', () => {
  const stages = noise(
    { action: 'sample', keep: 1, pattern: 'order \\d+' },
    { action: 'drop', levels: ['DEBUG', 'INFO'] },
  );
  assert.deepEqual(bodies(send(stages, [{ body: 'order 12 done' }, { body: 'order done' }])), ['order 12 done']);
});

test('sampling keeps whole traces, about the share it is told to, and decides alike again', () => {
  const lines: Line[] = [];
  for (let trace = 0; trace < 1000; trace++) {
    const traceId = trace.toString(16).padStart(32, '0');
    for (const service of ['a', 'b']) lines.push({ body: `${trace}`, service, traceId });
  }
  const rule = { action: 'sample', keep: 0.25 } as const;
  const kept = bodies(send(noise(rule), lines));
  const counts = new Map<unknown, number>();
  for (const body of kept) counts.set(body, (counts.get(body) ?? 0) + 1);
  assert.ok(
    [...counts.values()].every((count) => count === 2),
    'a trace is kept in every service or in none',
  );
  assert.ok(counts.size > 200 && counts.size < 300, `${counts.size} of 1000 traces`);
  assert.deepEqual(bodies(send(noise(rule), lines)), kept);
  const alike: Line[] = Array.from({ length: 1000 }, (_, i) => ({ body: 'the same line', ms: NOW + i }));
  const some = bodies(send(noise(rule), alike)).length;
  assert.ok(some > 200 && some < 300, `${some} of 1000 equal lines`);
});

test('a rate limit leaves so many lines a second of each service, and again a second later', () => {
  const stages = noise({ action: 'rate_limit', lines_per_second: 3 });
  const lines: Line[] = Array.from({ length: 10 }, (_, i) => ({ body: `${i}`, service: i < 5 ? 'a' : 'b' }));
  assert.deepEqual(bodies(send(stages, lines)), ['0', '1', '2', '5', '6', '7']);
  assert.deepEqual(bodies(send(stages, lines, NOW + 100)), []);
  assert.deepEqual(bodies(send(stages, lines, NOW + 1100)), ['0', '1', '2', '5', '6', '7']);
});

test('settings that cannot be used say why', () => {
  for (const [section, message] of [
    [{ noise: [{ name: 'a', action: 'sample' }] }, /rule a: sample needs keep/],
    [{ noise: [{ name: 'a', action: 'rate_limit' }] }, /rule a: rate_limit needs lines_per_second/],
    [{ noise: [{ name: 'a', action: 'drop', pattern: '(' }] }, /rule a: /],
    [
      {
        noise: [
          { name: 'a', action: 'drop' },
          { name: 'a', action: 'drop' },
        ],
      },
      /the name a is taken/,
    ],
    [{ masking: { patterns: [{ name: 'card', pattern: 'x' }] } }, /the name card is taken/],
    [{ masking: { patterns: [{ name: 'p', pattern: 'x*' }] } }, /rule p: the pattern matches the empty text/],
  ] as const)
    assert.throws(() => setup(section), message);
});

test('patterns are counted by time, service and level in sections that go with the lines', () => {
  const stages = setup({ patterns: true });
  const sections = send(stages, [
    { body: 'order 1 settled in 5ms' },
    { body: 'order 2 settled in 6ms', ms: NOW + 9_999 },
    { body: 'order 3 settled in 7ms', ms: NOW + 10_000, repeats: true },
    { body: 'order 4 settled in 7ms', severity: 5 },
    { body: 'order 5 settled in 7ms', service: 'other' },
    { body: '{"level":"info","msg":"card 4111111111111111 of bob@example.com"}' },
  ]);
  const texts = new Map(
    rowsOf(sections, 'log_pattern_texts').map(({ pattern, text, inside }) => [pattern, [text, inside]]),
  );
  const counts = rowsOf(sections, 'log_patterns').map(({ ts, service, level, pattern, lines, marked }) => [
    Number(ts) - NOW / 1000,
    service,
    level,
    ...(texts.get(pattern) ?? []),
    lines,
    marked,
  ]);
  assert.deepEqual(counts, [
    [0, 'pay', 'INFO', 'order <_> settled in <_>', 0, 2, 0],
    [10, 'pay', 'INFO', 'order <_> settled in <_>', 0, 1, 1],
    [0, 'pay', 'ERROR', 'order <_> settled in <_>', 0, 1, 0],
    [0, 'other', 'INFO', 'order <_> settled in <_>', 0, 1, 0],
    [0, 'pay', 'INFO', 'card <_>******<_> of ***@example.com', 1, 1, 0],
  ]);
});

test('a text is written once a day, and again when it may not have been stored', () => {
  const stages = setup({ patterns: true });
  const texts = (ms: number): number => rowsOf(send(stages, [{ body: 'order 1', ms }]), 'log_pattern_texts').length;
  assert.deepEqual([texts(NOW), texts(NOW), texts(NOW + 86_400_000), texts(NOW)], [1, 0, 1, 0]);
  stages.tenant.notStored();
  assert.equal(texts(NOW), 1);
});

test('of too many patterns the rest is one; every line is counted', () => {
  const stages = setup({ patterns: true });
  const word = (i: number): string => i.toString(26).replaceAll(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '');
  const lines: Line[] = Array.from({ length: 21_000 }, (_, i) => ({ body: `word ${word(i)} ${word(i * 7)}` }));
  const sections = send(stages, lines);
  const counts = rowsOf(sections, 'log_patterns');
  assert.equal(
    counts.reduce((sum, { lines: count }) => sum + Number(count), 0),
    lines.length,
  );
  const texts = rowsOf(sections, 'log_pattern_texts');
  assert.equal(texts.length, 20_001);
  assert.deepEqual(
    texts.filter(({ pattern }) => pattern === 0n).map(({ text }) => text),
    ['<_>'],
  );
  assert.ok(sections.every(({ partition }) => partition === dayOf(NOW)));
});

test('dropped lines are not counted as patterns', () => {
  const stages = setup({ patterns: true, noise: [{ name: 'r', action: 'drop', contains: 'noise' }] });
  const counts = rowsOf(send(stages, [{ body: 'noise 1' }, { body: 'signal 1' }]), 'log_patterns');
  assert.deepEqual(
    counts.map(({ lines }) => lines),
    [1],
  );
});
