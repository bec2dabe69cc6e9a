import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LuceneError } from '../../query/index.ts';
import { parseDate } from './date_math.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 8, 30, 15, 500);

function iso(text: string, up = false, timeZone = 'UTC'): string {
  const ns = parseDate(text, up, { nowMs: NOW_MS, timeZone });
  const below = ((ns % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return new Date(Number((ns - below) / 1_000_000n)).toISOString() + (below === 0n ? '' : ` +${below}`);
}

test('dates and date math are read as Elasticsearch’s documentation says', () => {
  const cases: readonly (readonly [string, boolean, string])[] = [
    ['now', false, '2026-11-22T08:30:15.500Z'],
    ['now-1h', false, '2026-11-22T07:30:15.500Z'],
    ['now-1h/d', false, '2026-11-22T00:00:00.000Z'],
    ['now-1h/d', true, '2026-11-22T23:59:59.999Z +999999'],
    ['now/M', true, '2026-11-30T23:59:59.999Z +999999'],
    ['now/w', false, '2026-11-16T00:00:00.000Z'],
    ['now+1M-1d', false, '2026-12-21T08:30:15.500Z'],
    ['now/m', true, '2026-11-22T08:30:59.999Z +999999'],
    ['2026-11-22||+1M/d', false, '2026-12-22T00:00:00.000Z'],
    ['2026-11-22', false, '2026-11-22T00:00:00.000Z'],
    ['2026-11-22', true, '2026-11-22T23:59:59.999Z +999999'],
    ['2026-11-22T08:30:15Z', true, '2026-11-22T08:30:15.999Z +999999'],
    ['2026-11-22T08:30:15.1Z', true, '2026-11-22T08:30:15.100Z'],
    ['2026-11-22T08:30:15.123456789Z', false, '2026-11-22T08:30:15.123Z +456789'],
    ['2026-11-22T09:30:15+01:00', false, '2026-11-22T08:30:15.000Z'],
    ['2026', false, '2026-01-01T00:00:00.000Z'],
    [String(NOW_MS), false, '2026-11-22T08:30:15.500Z'],
  ];
  for (const [text, up, expected] of cases) assert.equal(iso(text, up), expected, `${text} ${up}`);
});

test('a date without a zone is one of the zone that is asked for, also across a change of the clocks', () => {
  assert.equal(iso('2026-11-22', false, 'Europe/Berlin'), '2026-11-21T23:00:00.000Z');
  assert.equal(iso('2026-07-01T12:00:00', false, 'Europe/Berlin'), '2026-07-01T10:00:00.000Z');
  assert.equal(iso('2026-11-22T00:00:00Z', false, 'Europe/Berlin'), '2026-11-22T00:00:00.000Z');
  assert.equal(iso('now/d', false, 'Pacific/Auckland'), '2026-11-21T11:00:00.000Z');
});

test('what is no date is refused', () => {
  for (const text of [
    '',
    'yesterday',
    'now-',
    'now-1x',
    'now/q',
    '2026-13-01',
    'now-99999999999h',
    '2026-11-22||'.repeat(3),
  ])
    assert.throws(() => parseDate(text, false, { nowMs: NOW_MS, timeZone: 'UTC' }), LuceneError, text);
  assert.throws(() => iso('now/d', false, 'Mars/Olympus'), LuceneError);
});
