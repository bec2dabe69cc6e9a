import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { labelsFrom, labelValue } from '../model/labels.ts';
import { RuleGroup } from './group.ts';
import { createMemoryPorts, definitionsOf, type MemoryPorts, testContext } from './test_rules.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const UP = labelsFrom([['__name__', 'broken']]);

function groupOf(ports: MemoryPorts, source: string, restores = false): RuleGroup {
  const [definition] = definitionsOf(source);
  assert.ok(definition);
  return new RuleGroup(definition, testContext(ports), restores);
}

const alertRule = (fields: string): string => `groups:
  - name: g
    rules:
      - alert: Broken
        expr: broken == 1
        ${fields}
`;

const LETTERS = { pending: 'p', firing: 'f', inactive: 'i' } as const;

/** Evaluates once a minute: `1` the condition holds, `_` it does not, `!` it cannot be evaluated. */
async function timeline(ports: MemoryPorts, group: RuleGroup, inputs: string, from = 0): Promise<string> {
  const states: string[] = [];
  for (const [i, input] of inputs.split(' ').entries()) {
    const timeMs = START + (from + i) * MINUTE;
    ports.failure = input === '!' ? 'the store is down' : undefined;
    if (input !== '!') ports.put(UP, timeMs, input === '1' ? 1 : 0);
    await group.evaluate(timeMs, timeMs);
    const [alert] = group.rules[0]?.active.values() ?? [];
    states.push(LETTERS[alert?.state ?? 'inactive']);
  }
  return states.join(' ');
}

const TIMELINES: readonly (readonly [promise: string, fields: string, inputs: string, states: string])[] = [
  ['without `for` an alert fires at once', '', '_ 1 1 _', 'i f f i'],
  ['an alert waits for `for` and resolves when its condition is over', 'for: 2m', '1 1 1 1 _', 'p p f f i'],
  ['an alert whose condition pauses waits from the beginning', 'for: 2m', '1 1 _ 1 1 1', 'p p i p p f'],
  ['`for` that is no multiple of the interval is over at the next evaluation', 'for: 90s', '1 1 1', 'p p f'],
  ['an alert that fired fires again as a new one', 'for: 1m', '1 1 _ 1 1', 'p f i p f'],
  ['keep_firing_for holds a firing alert', 'keep_firing_for: 2m', '1 _ _ _', 'f f f i'],
  ['keep_firing_for begins anew when the condition comes back', 'keep_firing_for: 2m', '1 _ 1 _ _ _', 'f f f f f i'],
  ['keep_firing_for does not hold a pending alert', '{for: 2m, keep_firing_for: 2m}', '1 1 _', 'p p i'],
  ['a failed evaluation does not reset `for`', 'for: 2m', '1 ! ! 1', 'p p p f'],
  ['a failed evaluation does not resolve', 'for: 1m', '1 1 ! ! ! 1 _', 'p f f f f f i'],
  ['a failed evaluation makes no alert', '', '_ ! ! _', 'i i i i'],
];
for (const [promise, fields, inputs, states] of TIMELINES) {
  test(promise, async () => {
    const ports = createMemoryPorts();
    const lines = fields.startsWith('{') ? fields.slice(1, -1).replace(', ', '\n        ') : fields;
    assert.equal(await timeline(ports, groupOf(ports, alertRule(lines)), inputs), states);
  });
}

test('an alert is firing exactly when its condition has held for as long as `for`, whatever fails in between', async () => {
  const input = fc.constantFrom('1', '1', '_', '!');
  await fc.assert(
    fc.asyncProperty(
      fc.array(input, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 5 }),
      async (all, forMinutes) => {
        const ports = createMemoryPorts();
        const states = await timeline(ports, groupOf(ports, alertRule(`for: ${forMinutes}m`)), all.join(' '));
        let since: number | undefined;
        let expected = 'i';
        const wanted = all.map((one, minute) => {
          if (one === '!') return expected;
          since = one === '1' ? (since ?? minute) : undefined;
          expected = since === undefined ? 'i' : minute - since >= forMinutes ? 'f' : 'p';
          return expected;
        });
        assert.equal(states, wanted.join(' '));
      },
    ),
    { numRuns: 60 },
  );
});

const minuteOf = (timeMs: number): number => (timeMs - START) / MINUTE;

test('alerting is told when an alert fires, after the resend delay, at once when it resolves, and 15 minutes long after', async () => {
  const ports = createMemoryPorts();
  await timeline(ports, groupOf(ports, alertRule('for: 1m')), `1 1 1 1 1 1 ${Array(20).fill('_').join(' ')}`);
  const told = ports.sent.map(({ startsAtMs, endsAtMs, updatedAtMs }) =>
    [updatedAtMs, startsAtMs, endsAtMs].map(minuteOf),
  );
  assert.deepEqual(told.slice(0, 5), [
    [1, 1, 5],
    [3, 1, 7],
    [5, 1, 9],
    [6, 1, 6],
    [8, 1, 6],
  ]);
  assert.deepEqual(told.at(-1), [20, 1, 6]);
  assert.equal(ports.sent[0]?.generatorUrl, 'http://trilith/?q=broken == 1');
});

test('a firing alert stays told while its rule cannot be evaluated', async () => {
  const ports = createMemoryPorts();
  await timeline(ports, groupOf(ports, alertRule('')), '1 ! ! ! !');
  assert.deepEqual(
    ports.sent.map(({ updatedAtMs, endsAtMs }) => [minuteOf(updatedAtMs), minuteOf(endsAtMs)]),
    [
      [0, 4],
      [2, 6],
      [4, 8],
    ],
  );
});

test('every change of a state is noted, and nothing else', async () => {
  const ports = createMemoryPorts();
  await timeline(ports, groupOf(ports, alertRule('for: 1m')), '1 1 1 ! _ 1 _');
  assert.deepEqual(
    ports.events.map((event) => (event.kind === 'state' ? `${minuteOf(event.timeMs)} ${event.from} ${event.to}` : '')),
    ['0 inactive pending', '1 pending firing', '4 firing inactive', '5 inactive pending', '6 pending inactive'],
  );
});

/** Samples appended: minute, what (`stale` for a marker). */
const written = (ports: MemoryPorts): string[] =>
  ports.appended.map(({ labels, timeMs, value, stale }) => {
    const text = ['__name__', 'alertstate', 'job']
      .map((name) => labelValue(labels, name))
      .filter((part) => part !== '');
    return `${minuteOf(timeMs)} ${text.join(' ')} ${stale ? 'stale' : value}`;
  });

test('ALERTS and ALERTS_FOR_STATE follow an alert and end with it', async () => {
  const ports = createMemoryPorts();
  await timeline(ports, groupOf(ports, alertRule('for: 1m')), '1 1 _ _');
  const since = START / 1000;
  assert.deepEqual(written(ports), [
    '0 ALERTS pending 1',
    `0 ALERTS_FOR_STATE ${since}`,
    '1 ALERTS firing 1',
    `1 ALERTS_FOR_STATE ${since}`,
    '1 ALERTS pending stale',
    '2 ALERTS firing stale',
    '2 ALERTS_FOR_STATE stale',
  ]);
});

const RECORDING = `groups:
  - name: g
    rules:
      - {record: 'job:ups:sum', expr: 'sum by (job) (up)'}
`;

test('a recorded series ends when its rule does not give it any more, and after a failure nothing ends', async () => {
  const ports = createMemoryPorts();
  const group = groupOf(ports, RECORDING);
  const put = (job: string, minute: number, value: number): void =>
    ports.put(
      labelsFrom([
        ['__name__', 'up'],
        ['job', job],
      ]),
      START + minute * MINUTE,
      value,
    );
  const evaluate = (minute: number): Promise<void> => group.evaluate(START + minute * MINUTE, START + minute * MINUTE);
  for (const job of ['a', 'b']) put(job, 0, 1);
  await evaluate(0);
  ports.failure = 'down';
  await evaluate(1);
  ports.failure = undefined;
  put('a', 6, 1);
  await evaluate(6);
  assert.deepEqual(written(ports), [
    '0 job:ups:sum a 1',
    '0 job:ups:sum b 1',
    '6 job:ups:sum a 1',
    '6 job:ups:sum b stale',
  ]);
});

test('samples that are not stored make the rule unhealthy, and its series end only once it works again', async () => {
  const ports = createMemoryPorts();
  const group = groupOf(ports, RECORDING);
  ports.put(labelsFrom([['__name__', 'up']]), START, 1);
  ports.appendFailure = 'the disk is full';
  await group.evaluate(START, START);
  assert.deepEqual(
    [group.rules[0]?.health, group.rules[0]?.lastError, group.counts.failures],
    ['err', 'samples could not be stored: the disk is full', 1],
  );
  ports.appendFailure = undefined;
  await group.evaluate(START + MINUTE, START + MINUTE);
  assert.deepEqual([group.rules[0]?.health, group.rules[0]?.lastError], ['ok', '']);
});

const FAULTS: readonly (readonly [promise: string, source: string, error: RegExp])[] = [
  [
    'equal label sets of a recording rule are an error',
    `groups: [{name: g, rules: [{record: r, expr: up, labels: {job: x}}]}]`,
    /^vector contains metrics with the same labelset after applying rule labels$/,
  ],
  [
    'equal label sets of alerts are an error',
    `groups: [{name: g, rules: [{alert: A, expr: up, labels: {job: x}}]}]`,
    /^vector contains metrics with the same labelset after applying alert labels$/,
  ],
  [
    'more series than the limit are an error',
    `groups: [{name: g, limit: 1, rules: [{record: r, expr: up}]}]`,
    /^exceeded limit of 1 with 2 series$/,
  ],
  [
    'more alerts than the limit are an error',
    `groups: [{name: g, limit: 1, rules: [{alert: A, expr: up}]}]`,
    /^exceeded limit of 1 with 2 alerts$/,
  ],
];
for (const [promise, source, error] of FAULTS) {
  test(`${promise}, and nothing is recorded or told`, async () => {
    const ports = createMemoryPorts();
    for (const job of ['a', 'b'])
      ports.put(
        labelsFrom([
          ['__name__', 'up'],
          ['job', job],
        ]),
        START,
        1,
      );
    const group = groupOf(ports, source);
    await group.evaluate(START, START);
    assert.match(group.rules[0]?.lastError ?? '', error);
    assert.deepEqual([ports.appended, ports.sent], [[], []]);
  });
}

test('a rule sees what rules before it in its group have recorded at the same time', async () => {
  const ports = createMemoryPorts();
  ports.put(labelsFrom([['__name__', 'up']]), START, 1);
  const group = groupOf(
    ports,
    `groups:
  - name: g
    rules:
      - {record: 'a:b', expr: up + 1}
      - {record: 'c:d', expr: 'a:b * 10'}
      - {alert: Ten, expr: 'c:d == 20'}
      - {alert: Nested, expr: 'ALERTS{alertname="Ten", alertstate="firing"}'}
`,
  );
  await group.evaluate(START, START);
  assert.deepEqual(
    ports.sent.map(({ labels }) => labelValue(labels, 'alertname')),
    ['Ten', 'Nested'],
  );
});

test('the query offset moves data and samples back, not the alerts', async () => {
  const ports = createMemoryPorts();
  ports.put(UP, START - 2 * MINUTE, 1);
  const group = groupOf(ports, alertRule('').replace('name: g', 'name: g\n    query_offset: 1m'));
  await group.evaluate(START, START);
  assert.deepEqual(written(ports), ['-1 ALERTS firing 1', `-1 ALERTS_FOR_STATE ${START / 1000}`]);
  assert.equal(ports.sent[0]?.startsAtMs, START);
});

test('labels of a rule win over those of the series, external labels do not, and the name of the alert is always its own', async () => {
  const ports = createMemoryPorts();
  ports.put(
    labelsFrom([
      ['__name__', 'broken'],
      ['severity', 'low'],
      ['dc', 'a'],
      ['alertname', 'x'],
    ]),
    START,
    1,
  );
  const [definition] = definitionsOf(alertRule('labels: {severity: page, none: ""}'));
  assert.ok(definition);
  const external = labelsFrom([
    ['dc', 'b'],
    ['cluster', 'c'],
  ]);
  const group = new RuleGroup(definition, { ...testContext(ports), externalLabels: () => external }, false);
  await group.evaluate(START, START);
  assert.deepEqual(ports.sent[0]?.labels, ['alertname', 'Broken', 'cluster', 'c', 'dc', 'a', 'severity', 'page']);
});

test('a pending alert of before a restart fires when it would have fired without it', async () => {
  const ports = createMemoryPorts();
  await timeline(ports, groupOf(ports, alertRule('for: 8m')), '1 1 1 1');
  const after = groupOf(ports, alertRule('for: 8m'), true);
  await timeline(ports, after, '1 1', 5);
  const restored = ports.appended.length;
  await after.restore(START + 6 * MINUTE);
  assert.equal(await timeline(ports, after, '1 1 1', 7), 'p f f');
  assert.equal(ports.appended.slice(0, restored).filter(({ timeMs }) => timeMs >= START + 5 * MINUTE).length, 0);
});

test('where the store cannot tell of the time before a restart, it is asked again', async () => {
  const ports = createMemoryPorts();
  await timeline(ports, groupOf(ports, alertRule('for: 8m')), '1 1 1 1');
  const after = groupOf(ports, alertRule('for: 8m'), true);
  await timeline(ports, after, '1', 5);
  const { lastSamples } = ports;
  ports.lastSamples = () => Promise.reject(new Error('down'));
  await after.restore(START + 5 * MINUTE);
  assert.equal(after.awaitsRestore, true);
  ports.lastSamples = lastSamples;
  await after.restore(START + 5 * MINUTE);
  assert.equal(after.awaitsRestore, false);
  assert.equal(await timeline(ports, after, '1 1 1', 6), 'p p f');
});
