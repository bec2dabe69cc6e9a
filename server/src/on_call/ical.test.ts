import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderICal } from './ical.ts';

const at = (text: string): number => Date.parse(text);

test('shifts become events that calendars read: folded lines, escaped text, UTC, nothing for gaps', () => {
  const name = 'Анна Петровна, дежурная по платежам и всему остальному';
  const text = renderICal(
    'payments',
    [
      {
        fromMs: at('2026-01-05T07:00Z'),
        toMs: at('2026-01-12T07:00Z'),
        people: ['anna'],
        by: { kind: 'layer', name: 'a;b' },
      },
      { fromMs: at('2026-01-12T07:00Z'), toMs: at('2026-01-13T07:00Z'), people: [], by: { kind: 'nobody', name: '' } },
    ],
    new Map([['anna', { name }]]),
    at('2026-01-01T00:00Z'),
  );
  assert.ok(text.endsWith('END:VCALENDAR\r\n'));
  for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
  const unfolded = text.replaceAll('\r\n ', '');
  assert.equal(unfolded.match(/BEGIN:VEVENT/g)?.length, 1);
  assert.match(unfolded, /DTSTART:20260105T070000Z\r\nDTEND:20260112T070000Z\r\n/);
  assert.ok(unfolded.includes(`SUMMARY:${name.replace(',', '\\,')} on call (payments)\r\n`));
  assert.ok(unfolded.includes('DESCRIPTION:a\\;b\r\n'));
});
