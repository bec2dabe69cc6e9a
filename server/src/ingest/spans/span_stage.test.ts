import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import type { Section } from '../../model/section.ts';
import { SpanBuilder, sectionRows } from '../../store/index.ts';
import { StageTally } from '../stages/tally.ts';
import { factsOf } from './count_spans.ts';
import type { SpanFacts } from './facts.ts';
import { samplingSchema } from './settings.ts';
import { FoundAttributes } from './span_attributes.ts';
import { SpanStage } from './span_stage.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

interface Span {
  /** The last 14 digits of its trace's id say whether it is sampled. */
  readonly random: string;
  /** Its number, where another has it too; else its place. */
  readonly id?: number;
  readonly kind?: number;
  readonly status?: number;
  readonly ms?: number;
  readonly parent?: string;
  readonly service?: string;
  readonly state?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

const traceOf = (random: string): string => '1'.repeat(18) + random.padEnd(14, '0');

/** Builds spans as decoders do; `run` stands for the stages. */
function build(spans: readonly Span[], run: (rows: Parameters<SpanStage['run']>[0]) => readonly Section[]) {
  const builder = new SpanBuilder(spans.length, { stages: { logs: () => [], spans: run } });
  const columns = builder.at(NOW);
  for (const [i, span] of spans.entries()) {
    columns.timestamp.append(i, 0x1000_0000);
    columns.traceId.appendText(traceOf(span.random));
    columns.spanId.appendText(String(span.id ?? i).padStart(16, '0'));
    columns.parentSpanId.appendText(span.parent ?? '');
    columns.traceState.appendText(span.state ?? '');
    columns.name.appendText('GET /');
    columns.kind.appendIndex(span.kind ?? 1);
    columns.serviceName.appendText(span.service ?? 'shop');
    columns.resourceAttributes.entryText('service.version', '1');
    columns.resourceAttributes.endRow();
    for (const column of [columns.scopeName, columns.scopeVersion, columns.resourceTypes, columns.attributeTypes])
      column.appendText('');
    for (const column of [columns.scopeTypes, columns.resourceSchemaUrl, columns.scopeSchemaUrl]) column.appendText('');
    for (const [name, value] of Object.entries(span.attributes ?? {})) columns.attributes.entryText(name, value);
    columns.attributes.endRow();
    columns.scopeAttributes.endRow();
    columns.duration.append((span.ms ?? 1) * 1_000_000, 0);
    columns.statusCode.appendIndex(span.status ?? 0);
    columns.statusMessage.appendText('');
    // Each span has an event, so that what belongs to a dropped one can be seen to go.
    columns.eventTimestamp.append(0, 1);
    columns.eventName.appendText(`event ${i}`);
    columns.eventAttributes.endRow();
    columns.eventTypes.appendText('');
    columns.eventOffsets.append(columns.eventName.rows);
    columns.linkOffsets.append(0);
    columns.numbers.entry('flags', i);
    columns.numbers.endRow();
    columns.size.append(100);
  }
  return { sections: builder.sections(), keptTraces: builder.keptTraces };
}

function setup(settings: object) {
  const stage = new SpanStage(v.parse(samplingSchema, settings), undefined);
  const tally = new StageTally();
  return {
    stage,
    tally,
    /** The stored spans of a request: number, weight and event. */
    send(spans: readonly Span[], begin: () => void = () => stage.beginRequest()) {
      begin();
      const { sections } = build(spans, (rows) => stage.run(rows, NOW, tally));
      return sections
        .filter(({ table }) => table === 'otel_traces')
        .flatMap(sectionRows)
        .map((row) => [Number(row.SpanId), row.SampleWeight, (row['Events.Name'] as string[])[0]]);
    },
  };
}

/** What spans count as. */
function factsOfSpans(spans: readonly Span[]): SpanFacts {
  let facts: SpanFacts | undefined;
  build(spans, (rows) => {
    facts = factsOf(rows, new FoundAttributes(rows.attributes), undefined, undefined, NOW);
    return [];
  });
  assert.ok(facts);
  return facts;
}

test('head keeps traces by their randomness, whole, and a kept span stands for its like', () => {
  const { send, tally } = setup({ head: 0.25 });
  assert.deepEqual(send([{ random: '0' }, { random: 'c' }, { random: 'b' }, { random: 'c' }]), [
    [1, 4, 'event 1'],
    [3, 4, 'event 3'],
  ]);
  assert.deepEqual(tally.counts().sampled, [{ rule: 'head', spans: 4, kept: 2 }]);
});

test('a trace that was sampled harder before is kept with the weight it came with', () => {
  const { send } = setup({ head: 0.5 });
  assert.deepEqual(
    send([{ random: 'f', state: 'ot=th:e' }, { random: 'f' }, { random: '0', state: 'ot=rv:ffffffffffffff' }]),
    [
      [0, 8, 'event 0'],
      [1, 2, 'event 1'],
      [2, 2, 'event 2'],
    ],
  );
});

test('without sampling of ours a span keeps the weight its sender tells', () => {
  const { send } = setup({});
  const jaeger = { 'sampler.type': 'probabilistic', 'sampler.param': '0.1' };
  assert.deepEqual(send([{ random: '0', attributes: jaeger }, { random: '0' }]), [
    [0, 10, 'event 0'],
    [1, 1, 'event 1'],
  ]);
});

const RULES = {
  wait_seconds: 10,
  rules: [
    { name: 'errors', status: 'error', keep: 1 },
    { name: 'slow', slower_than_ms: 100, services: ['shop'], keep: 1 },
    { name: 'pay', attributes: { 'http.route': '/pay' }, keep: 1 },
    { name: 'rest', keep: 0.5 },
  ],
};

test('the first rule that any span of a trace matches decides about the trace', () => {
  const { send, stage, tally } = setup(RULES);
  const spans: Span[] = [
    { random: '0' },
    { random: '0', status: 2 },
    { random: '1', ms: 200 },
    { random: '2', ms: 200, service: 'other' },
    { random: '3', attributes: { 'http.route': '/pay' } },
    { random: '9' },
  ];
  assert.deepEqual(send(spans), []);
  assert.equal(stage.undecided.size, 5);
  stage.tail.decideDue(NOW + 9_000, tally);
  assert.deepEqual(tally.counts().sampled, []);
  stage.tail.decideDue(NOW + 10_000, tally);
  const release = (): void => {
    stage.beginRequest();
    stage.beginRelease();
  };
  assert.deepEqual(send(spans, release), [
    [0, 1, 'event 0'],
    [1, 1, 'event 1'],
    [2, 1, 'event 2'],
    [4, 1, 'event 4'],
    [5, 2, 'event 5'],
  ]);
  assert.deepEqual(
    tally.counts().sampled.map(({ rule, spans: all, kept }) => [rule, all, kept]),
    [
      ['errors', 2, 2],
      ['slow', 1, 1],
      ['rest', 2, 1],
      ['pay', 1, 1],
    ],
  );
});

test('a span that comes late follows the decision, unless a rule wants it by itself', () => {
  const { send, stage, tally } = setup(RULES);
  send([{ random: '0' }, { random: '9' }]);
  stage.tail.decideDue(NOW + 10_000, tally);
  assert.deepEqual(send([{ random: '0' }, { random: '9' }]), [[1, 2, 'event 1']]);
  assert.deepEqual(send([{ random: '0', status: 2 }, { random: '0' }]), [
    [0, 1, 'event 0'],
    [1, 1, 'event 1'],
  ]);
});

test('a trial stores everything and counts what would be', () => {
  const { send, stage, tally } = setup({ ...RULES, head: 0.5, trial: true });
  assert.equal(send([{ random: '0' }, { random: '9' }]).length, 2);
  assert.equal(stage.undecided.size, 0);
  stage.tail.decideDue(NOW + 10_000, tally);
  assert.deepEqual(tally.counts().sampled, [
    { rule: 'head', spans: 2, kept: 1 },
    { rule: 'rest', spans: 1, kept: 1 },
  ]);
});

test('other rules decide about what comes; what waits is decided by those before', () => {
  const { send, stage } = setup(RULES);
  send([{ random: '0' }]);
  stage.configure(v.parse(samplingSchema, {}));
  assert.equal(stage.tail.decisionOf(traceOf('0')).rule, 'rest');
  assert.equal(send([{ random: '1' }]).length, 1);
});

test('the ids of traces that are stored are told, when some are not', () => {
  const stage = new SpanStage(v.parse(samplingSchema, { head: 0.5 }), undefined);
  stage.beginRequest();
  const run = (rows: Parameters<SpanStage['run']>[0]) => stage.run(rows, NOW, new StageTally());
  assert.deepEqual(build([{ random: '0' }, { random: '9' }], run).keptTraces, new Set([traceOf('9')]));
  assert.equal(build([{ random: '9' }], run).keptTraces, undefined);
});

test('both sides of a request have one key; other spans of the trace have others', () => {
  const parent = String(0).padStart(16, '0');
  const { halves, calls } = factsOfSpans([
    { random: '1', kind: 3 },
    { random: '1', kind: 2, parent },
    { random: '1', kind: 3 },
    { random: '2', kind: 2, parent },
    { random: '1', kind: 1 },
  ]);
  const keys = halves.map(({ low, high }) => `${low} ${high}`);
  assert.equal(keys[0], keys[1]);
  assert.equal(new Set(keys).size, 3);
  assert.deepEqual(
    calls.map(({ kind, durations, bytes }) => [kind, durations.length, bytes]),
    [
      [3, 2, 200],
      [2, 2, 200],
      [1, 1, 100],
    ],
  );
});

for (const [what, span, expected] of [
  [
    'a database by its peer',
    { kind: 3, attributes: { 'db.system': 'pg', 'peer.service': 'pg-main' } },
    ['pg-main', 'pg-main'],
  ],
  [
    'a database by its address',
    { kind: 3, attributes: { 'db.name': 'shop', 'network.peer.address': '10.0.0.1', 'network.peer.port': '5432' } },
    ['shop', '10.0.0.1:5432'],
  ],
  ['a database by its name', { kind: 3, attributes: { 'db.namespace': 'shop' } }, ['', 'shop']],
  ['an outside system', { kind: 3, attributes: { 'server.address': 'api.bank' } }, ['api.bank', '']],
  [
    'a queue by who writes',
    { kind: 4, attributes: { 'messaging.destination.name': 'orders', 'messaging.system': 'kafka' } },
    ['orders', ''],
  ],
  ['a queue by who reads', { kind: 5, attributes: { 'messaging.destination.name': 'orders' } }, ['orders', '']],
  ['a server names nobody by its own address', { kind: 2, attributes: { 'server.address': 'me' } }, ['', '']],
] as const)
  test(`the other side: ${what}`, () => {
    const [half] = factsOfSpans([{ random: '1', ...span }]).halves;
    assert.deepEqual([half?.peer, half?.database], expected);
  });

test('a server’s span that took the id of its client’s is the other side of that call, not one from outside', () => {
  const shared = { 'zipkin.shared': 'true' };
  const { halves } = factsOfSpans([
    { random: 'a', kind: 3, service: 'shop', attributes: { 'peer.service': 'bank' } },
    { random: 'a', id: 0, kind: 2, service: 'bank', attributes: shared },
    { random: 'a', id: 0, kind: 2, service: 'bank', parent: '7'.padStart(16, '0'), attributes: shared },
    { random: 'a', id: 0, kind: 2, service: 'bank', parent: '7'.padStart(16, '0') },
  ]);
  const [client, ...servers] = halves;
  assert.deepEqual(
    servers.map(({ low, root }) => [low === client?.low, root]),
    [
      [true, false],
      [true, false],
      [false, false],
    ],
  );
});
