import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IngestSource } from '@trilith/contract';
import { arrivalState, sortArrivals } from './arrivals.ts';

const now = 1_795_309_200_000;
const source = (name: string, changes: Partial<IngestSource>): IngestSource => ({
  door: 'otlp-http',
  signal: 'logs',
  source: name,
  accepted: 1,
  perSecond: 1,
  rejected: [],
  lastSeenMs: now,
  ...changes,
});
const reject = { reason: 'too_old', words: '', setting: null, count: 1, lastMs: now - 1000 };

test('a source is rejecting, flowing or quiet by what happened in the last two minutes', () => {
  assert.equal(arrivalState(source('a', { rejected: [reject] }), now), 'rejecting');
  assert.equal(arrivalState(source('a', { rejected: [{ ...reject, lastMs: now - 600_000 }] }), now), 'flowing');
  assert.equal(arrivalState(source('a', { lastSeenMs: now - 600_000 }), now), 'quiet');
  assert.equal(arrivalState(source('a', { lastSeenMs: null }), now), 'quiet');
});

test('what rejects comes first, then the busiest, the quiet last', () => {
  const sorted = sortArrivals(
    [
      source('quiet', { lastSeenMs: null, perSecond: 9 }),
      source('slow', {}),
      source('busy', { perSecond: 5 }),
      source('bad', { rejected: [reject] }),
    ],
    now,
  );
  assert.deepEqual(
    sorted.map((one) => one.source),
    ['bad', 'busy', 'slow', 'quiet'],
  );
});
