import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem, StatusAnswer, TargetsAnswer } from '@trilith/contract';
import { ownProblems, rank, withOwnProblems } from './problems.ts';

const NOW = 1_700_000_000_000;
const problem = (id: string, severity: Problem['severity'], value: number | null): Problem => ({
  id,
  kind: 'slow',
  severity,
  subject: id,
  value,
  before: null,
  words: id,
  sinceMs: null,
  evidence: { screen: 'data' },
});
const STATUS: StatusAnswer = {
  version: '0',
  nowMs: NOW,
  startedAtMs: NOW,
  uptimeMs: 0,
  readOnly: false,
  readOnlyReason: null,
  store: { state: 'ready', mode: 'embedded', message: null, restarts: 0 },
  wal: {
    bytes: 0,
    segments: 1,
    behindMs: 0,
    behindBatches: 0,
    poisoned: false,
    diskFreeRatio: 0.5,
    diskFreeBytes: 1,
  },
  ingest: [],
  doors: { main: 'http://127.0.0.1:3000', otlpHttp: null, otlpGrpc: null },
  retentionDays: { metrics: 30, logs: 14, traces: 7 },
};
const NO_TARGETS: TargetsAnswer = { targets: [] } as unknown as TargetsAnswer;
const kinds = (problems: readonly Problem[]): string[] => problems.map(({ kind }) => kind);

test('errors come first, then warnings; among equals the larger', () => {
  const given = [
    problem('a', 'warning', 1),
    problem('b', 'info', 9),
    problem('c', 'error', null),
    problem('d', 'warning', 5),
  ];
  assert.deepEqual(
    rank(given).map(({ id }) => id),
    ['c', 'd', 'a', 'b'],
  );
});

test('a program that is well has no problems', () => assert.deepEqual(ownProblems(STATUS, NO_TARGETS), []));

test('refused writes, a store behind, a target that is down and recent rejects are said', () => {
  const reject = (reason: string, lastMs: number) => ({ reason, words: 'why', setting: null, count: 3, lastMs });
  const status: StatusAnswer = {
    ...STATUS,
    readOnly: true,
    readOnlyReason: 'the disk is full',
    wal: { ...STATUS.wal, behindMs: 11_000 },
    ingest: [
      {
        door: 'loki-push',
        signal: 'logs',
        source: '',
        accepted: 1,
        perSecond: 0,
        rejected: [reject('too_old', NOW - 1_000), reject('too_new', NOW - 3_600_000)],
        lastSeenMs: NOW,
      },
    ],
  };
  const targets = {
    targets: [
      { job: 'a', url: 'http://up', health: 'up', error: null },
      { job: 'b', url: 'http://down', health: 'down', error: 'refused' },
    ],
  } as unknown as TargetsAnswer;
  const found = ownProblems(status, targets);
  assert.deepEqual(kinds(found), ['read_only', 'store_behind', 'target_down', 'rejects']);
  assert.deepEqual(
    found.map(({ words }) => words),
    [
      'the disk is full',
      'the store is 11 s behind what was acknowledged',
      'http://down cannot be scraped: refused',
      '3 refused at loki-push: why',
    ],
  );
});

test("the program's own problems join a worker's answer in order; other answers are left alone", () => {
  const own = [problem('own', 'error', null)];
  const answer = { status: 200, body: JSON.stringify({ problems: [problem('theirs', 'warning', 1)], notes: {} }) };
  const joined = JSON.parse(String(withOwnProblems(answer, own).body)) as { problems: Problem[] };
  assert.deepEqual(
    joined.problems.map(({ id }) => id),
    ['own', 'theirs'],
  );
  const failed = { status: 503, body: '{}' };
  assert.equal(withOwnProblems(failed, own), failed);
});
