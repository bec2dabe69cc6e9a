import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { createFakeClock } from '../base/clock.ts';
import { OutboundError } from '../base/outbound.ts';
import { findRunbook, type RunbookPlaces } from './find_runbook.ts';
import { problemsOf, readLibrary } from './library.ts';
import { createLinkCheck } from './link_check.ts';
import { foundAt, type RunbookSources, runbookAnswerOf, runbooksAnswerOf } from './runbook_answers.ts';

const root = mkdtempSync(join(tmpdir(), 'trilith-runbooks-'));
after(() => rmSync(root, { recursive: true }));
const folder = join(root, 'folder');
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
write(
  'payments/high-error-rate.md',
  '# Errors\n[other](latency.md) [gone](gone.md) [part](latency.md#nothing)\n![g](g.png) ![h](h.png) [x](https://dead.example/)\n',
);
write('payments/latency.md', '---\nalerts: [HighLatencyP95]\n---\n# Latency\n```promql\nup{job="$labels.job"}\n```\n');
write('payments/g.png', 'png');
write('payments/README.md', '# All of payments\n');
write('kafka_consumer_lag.md', 'words');
write('.git/HEAD.md', 'hidden');
writeFileSync(join(root, 'secret.md'), 'secret');
symlinkSync(join(root, 'secret.md'), join(folder, 'secret.md'));
symlinkSync(folder, join(folder, 'round'));
symlinkSync(join(folder, 'payments/latency.md'), join(folder, 'linked.md'));

const library = await readLibrary(folder);
const places: RunbookPlaces = {
  library,
  baseUrls: ['https://runbooks/'],
  known: (address) => (address === 'https://dead.example/' ? 'it answers 404' : undefined),
};

test('a folder is read with those below it; hidden files and links out of it are left out', () => {
  assert.deepEqual(
    [...library.runbooks.keys()],
    ['kafka_consumer_lag', 'linked', 'payments/README', 'payments/high-error-rate', 'payments/latency'],
  );
  assert.deepEqual([...library.images.keys()], ['payments/g.png']);
  assert.equal(foundAt('../secret', library), undefined);
  assert.equal(foundAt('secret', library), undefined);
  const folder = foundAt('payments', library);
  assert.ok(folder !== undefined && 'runbook' in folder && folder.runbook.name === 'payments/README');
});

test('links that lead nowhere are found', () => {
  const runbook = library.runbooks.get('payments/high-error-rate');
  assert.ok(runbook !== undefined);
  assert.deepEqual(
    problemsOf(runbook, library, (address) => places.known(address) ?? '').map(({ line, subject }) => [line, subject]),
    [
      [2, 'gone.md'],
      [2, 'latency.md#nothing'],
      [3, 'h.png'],
      [3, 'https://dead.example/'],
    ],
  );
});

const found = (alertname: string, annotations: Record<string, string> = {}) => {
  const link = findRunbook({ alertname, annotations: new Map(Object.entries(annotations)) }, places);
  return link === undefined ? undefined : `${link.by} ${link.href} ${link.opens} ${link.error}`.trim();
};

const FOUND: readonly (readonly [name: string, annotations: Record<string, string>, link: string | undefined])[] = [
  [
    'Any',
    { runbook: 'https://runbooks/payments/high-error-rate' },
    'annotation /runbooks/payments/high-error-rate true',
  ],
  [
    'Any',
    { runbook_url: 'https://RUNBOOKS/payments/latency.md?x=1#latency' },
    'annotation /runbooks/payments/latency#latency true',
  ],
  ['Any', { runbook: 'payments/latency.md' }, 'annotation /runbooks/payments/latency true'],
  ['Any', { runbook: 'https://runbooks/payments/' }, 'annotation /runbooks/payments/README true'],
  ['Any', { runbook: 'https://wiki.example/x' }, 'annotation https://wiki.example/x null'],
  ['Any', { runbook: 'https://dead.example/' }, 'annotation https://dead.example/ false it answers 404'],
  ['Any', { runbook: 'https://runbooks/gone' }, 'annotation  false gone.md is not in the folder of runbooks'],
  ['Any', { runbook: 'https://wiki/{{ $labels.job }}' }, 'annotation  null'],
  ['HighErrorRate', { runbook: 'https://runbooks/gone' }, 'file_name /runbooks/payments/high-error-rate true'],
  ['HighErrorRate', {}, 'file_name /runbooks/payments/high-error-rate true'],
  ['KafkaConsumerLag', {}, 'file_name /runbooks/kafka_consumer_lag true'],
  ['kafka-consumer-lag', {}, 'file_name /runbooks/kafka_consumer_lag true'],
  ['PaymentsLatency', {}, 'file_name /runbooks/payments/latency true'],
  ['HighLatencyP95', {}, 'front_matter /runbooks/linked true'],
  ['Nothing', {}, undefined],
  ['', {}, undefined],
  [
    'Any',
    { runbook: 'javascript:alert(1)' },
    'annotation  false javascript:alert(1).md is not in the folder of runbooks',
  ],
];
for (const [name, annotations, link] of FOUND)
  test(`${name} ${JSON.stringify(annotations)} leads to ${link}`, () => assert.equal(found(name, annotations), link));

const sources: RunbookSources = {
  ...places,
  isConfigured: true,
  checkedMs: 5,
  rules: [
    {
      file: 'a.yml',
      group: 'g',
      name: 'HighErrorRate',
      labels: new Map([['severity', 'page']]),
      annotations: new Map(),
    },
    { file: 'a.yml', group: 'g', name: 'Bare', labels: new Map(), annotations: new Map() },
  ],
};

test('the list says which rules lead where and which have none, and counts what is dead', () => {
  const answer = runbooksAnswerOf(sources);
  assert.deepEqual(
    answer.rules.map(({ rule, runbook }) => [rule.rule, runbook?.name]),
    [
      ['HighErrorRate', 'payments/high-error-rate'],
      ['Bare', undefined],
    ],
  );
  assert.deepEqual(answer.links, { checkedMs: 5, total: 1, dead: 1 });
  assert.deepEqual(answer.runbooks.find(({ name }) => name === 'payments/high-error-rate')?.rules, [
    { file: 'a.yml', group: 'g', rule: 'HighErrorRate' },
  ]);
});

test('labels of the alert, typed ones before, stand in the queries; a label without a value is missing', () => {
  const runbook = library.runbooks.get('payments/latency');
  assert.ok(runbook !== undefined);
  const alert = { fingerprint: 'a', labels: { job: 'x' }, annotations: {}, startsAtMs: 1, firing: true };
  const queryOf = (given: ReadonlyMap<string, string>, of: typeof alert | null) => {
    const [block] = runbookAnswerOf(runbook, of, given, sources).blocks;
    return block?.kind === 'query' ? [block.query, ...block.missing] : [];
  };
  assert.deepEqual(queryOf(new Map(), alert), ['up{job="x"}']);
  assert.deepEqual(queryOf(new Map([['job', 'y']]), alert), ['up{job="y"}']);
  assert.deepEqual(queryOf(new Map(), null), ['up{job="$labels.job"}', 'job']);
  assert.deepEqual(runbookAnswerOf(runbook, null, new Map(), sources).labels, { job: null });
});

test('only what has changed is read again', async () => {
  assert.equal(await readLibrary(folder, library), library);
  write('payments/latency.md', '# Latency anew\n');
  utimesSync(join(folder, 'payments/latency.md'), 1, 1);
  const next = await readLibrary(folder, library);
  assert.equal(next.runbooks.get('payments/latency')?.title, 'Latency anew');
  assert.equal(next.runbooks.get('kafka_consumer_lag'), library.runbooks.get('kafka_consumer_lag'));
});

test('a folder that is not there is said', async () =>
  assert.match((await readLibrary(join(root, 'none'))).problem, /ENOENT/));

test('addresses are asked in rounds: what opens once an hour, what is dead every ten minutes', async () => {
  const clock = createFakeClock(0);
  const answers: Record<string, number | OutboundError> = {
    'https://a/': 200,
    'https://login/': 403,
    'https://gone/': 404,
    'https://large/': new OutboundError('too-large', 'too large'),
    'https://away/': new OutboundError('unreachable', 'no such host'),
  };
  const asked: string[] = [];
  const outcomes: boolean[] = [];
  const check = createLinkCheck({
    outbound: {
      async send(url) {
        asked.push(url);
        const answer = answers[url];
        if (typeof answer !== 'number') throw answer;
        return { status: answer, headers: {}, body: new Uint8Array(), url };
      },
    },
    clock,
    addresses: () => new Set(Object.keys(answers)),
    asked: (opens) => outcomes.push(opens),
  });
  assert.equal(check.known('https://a/'), undefined);
  check.schedule(true);
  await clock.advanceTo(60_000);
  assert.deepEqual(
    Object.keys(answers).map((address) => check.known(address)),
    ['', '', 'it answers 404', '', 'no such host'],
  );
  assert.equal(asked.length, 5);
  assert.equal(outcomes.filter((opens) => !opens).length, 2);
  answers['https://gone/'] = 200;
  await clock.advanceTo(12 * 60_000);
  assert.equal(check.known('https://gone/'), '');
  assert.equal(asked.length, 7);
  assert.equal(await check.opens('https://a/'), '');
  assert.equal(asked.length, 7);
  await clock.advanceTo(62 * 60_000);
  assert.equal(asked.filter((url) => url === 'https://a/').length, 2);
  check.schedule(false);
  const before = asked.length;
  await clock.advanceTo(500 * 60_000);
  assert.equal(asked.length, before);
});
