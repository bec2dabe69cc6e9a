import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFormats } from './makeFormats.ts';

const ms = Date.parse('2026-11-22T01:02:03.456Z');

test('times are written in the zone, in 24 hours, in both languages', () => {
  assert.equal(makeFormats('ru', 'Europe/Moscow').dateTime(ms), '22.11.2026, 04:02:03');
  assert.equal(makeFormats('en', 'utc').dateTime(ms), '22 Nov 2026, 01:02:03');
  assert.equal(makeFormats('ru', 'utc').clock(ms), '01:02:03.456');
  assert.equal(makeFormats('en', 'utc').clock(Date.parse('2026-11-22T00:00:00Z')), '00:00:00.000');
});

test('thousands are spaced in Russian and the age of data is in words', () => {
  assert.match(makeFormats('ru', 'utc').integer(1_234_567), /^1\s234\s567$/);
  assert.equal(makeFormats('en', 'utc').integer(1_234_567), '1,234,567');
  assert.match(makeFormats('ru', 'utc').ago(ms, ms + 5000), /^5 сек/);
  assert.match(makeFormats('en', 'utc').ago(ms, ms + 7_200_000), /^2 h/);
});
