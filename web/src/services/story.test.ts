import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change, ServiceAnswer } from '@trilith/contract';
import { storyOf } from './story.ts';

const stepMs = 60_000;

function service(over: Partial<Pick<ServiceAnswer, 'rate' | 'errors' | 'p95Ms'>>): ServiceAnswer {
  const all = (value: number): number[] => new Array<number>(30).fill(value);
  return {
    name: 'api',
    startMs: 0,
    stepMs,
    rate: all(10),
    errors: all(0.05),
    p50Ms: all(10),
    p95Ms: all(40),
    p99Ms: all(60),
    operations: [],
    notes: { partial: false, warnings: [], elapsedMs: 0, scannedRows: 0, scannedBytes: 0 },
    ...over,
  };
}

const steps = (value: (at: number) => number | null): (number | null)[] =>
  Array.from({ length: 30 }, (_, at) => value(at));
const deploy: Change = {
  id: 'd1',
  timeMs: 9.5 * stepMs,
  endMs: null,
  service: 'api',
  environment: '',
  kind: 'deploy',
  title: 'api 2.0',
  version: '2.0',
  commit: '',
  url: '',
  author: '',
};

test('an ordinary range has no story', () => {
  assert.deepEqual(storyOf(service({}), undefined, []), []);
});

test('a deploy comes before the errors it brought, with their peak and what was usual', () => {
  const broken = service({ errors: steps((at) => (at >= 10 && at < 16 ? at / 10 : 0.05)) });
  const story = storyOf(broken, undefined, [deploy]);
  assert.deepEqual(
    story.map(({ kind, ms, untilMs }) => [kind, ms / stepMs, untilMs / stepMs]),
    [
      ['change', 9.5, 9.5],
      ['errors', 10, 16],
    ],
  );
  const [, errors] = story;
  assert.ok(errors?.kind === 'errors' && !errors.ongoing);
  assert.deepEqual([errors.peak, errors.usual], [0.15, 0.005]);
});

test('what lasts to the end of the range goes on', () => {
  const [slow] = storyOf(service({ p95Ms: steps((at) => (at >= 25 ? 400 : 40)) }), undefined, []);
  assert.ok(slow?.kind === 'slow' && slow.ongoing);
  assert.equal(slow.peak, 400);
});

test('more than half of a range out of the ordinary is told from its beginning, with what was usual before', () => {
  const story = storyOf(service({ errors: steps((at) => (at >= 8 ? 2 : 0.05)) }), undefined, []);
  assert.deepEqual(
    story.map(({ kind, ms }) => [kind, ms / stepMs]),
    [['errors', 8]],
  );
});

test('one odd step is no story, and a few ordinary steps do not end one', () => {
  assert.deepEqual(storyOf(service({ p95Ms: steps((at) => (at === 5 ? 900 : 40)) }), undefined, []), []);
  const story = storyOf(service({ p95Ms: steps((at) => ([5, 6, 9].includes(at) ? 900 : 40)) }), undefined, []);
  assert.deepEqual(
    story.map(({ ms, untilMs }) => [ms / stepMs, untilMs / stepMs]),
    [[5, 10]],
  );
});

test('requests that stay away are told, but not the step that is not over and not the time before the first', () => {
  const quiet = storyOf(
    service({ rate: steps((at) => (at < 2 ? null : at >= 12 && at < 17 ? 0 : at === 29 ? null : 10)) }),
    undefined,
    [],
  );
  assert.deepEqual(
    quiet.map(({ kind, ms, untilMs }) => [kind, ms / stepMs, untilMs / stepMs]),
    [['silence', 12, 17]],
  );
});

test('error lines far above the usual are told', () => {
  const notes = { partial: false, warnings: [], elapsedMs: 0, scannedRows: 0, scannedBytes: 0 };
  const error = Array.from({ length: 30 }, (_, at) => (at >= 20 && at < 24 ? 40 : 1));
  const [entry] = storyOf(undefined, { startMs: 0, stepMs, levels: { error }, total: 1, notes }, []);
  assert.ok(entry?.kind === 'errorLines');
  assert.deepEqual([entry.ms / stepMs, entry.peak, entry.usual], [20, 40, 1]);
});
