import type { Person } from './on_call_config.ts';
import type { Shift } from './schedule.ts';

/** Longest line of content, bytes, without its end (RFC 5545, 3.1). */
const LINE_BYTES = 75;

/** A schedule's shifts as an iCalendar file (RFC 5545) that calendars can subscribe to. Times are UTC; gaps are no events. */
export function renderICal(
  schedule: string,
  shifts: readonly Shift[],
  people: ReadonlyMap<string, Pick<Person, 'name'>>,
  nowMs: number,
): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Trilith//on-call//EN',
    'CALSCALE:GREGORIAN',
    `X-WR-CALNAME:${escaped(`On call: ${schedule}`)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
  ];
  for (const shift of shifts) {
    if (shift.people.length === 0) continue;
    const names = shift.people.map((id) => people.get(id)?.name ?? id).join(', ');
    lines.push(
      'BEGIN:VEVENT',
      // The same shift is the same event at every reading.
      `UID:${shift.fromMs}-${encodeURIComponent(shift.people.join('+'))}@${encodeURIComponent(schedule)}.trilith`,
      `DTSTAMP:${utc(nowMs)}`,
      `DTSTART:${utc(shift.fromMs)}`,
      `DTEND:${utc(shift.toMs)}`,
      `SUMMARY:${escaped(`${names} on call (${schedule})`)}`,
      `DESCRIPTION:${escaped(shift.by.kind === 'override' ? 'override' : shift.by.name)}`,
      'TRANSP:TRANSPARENT',
      'END:VEVENT',
    );
  }
  lines.push('END:VCALENDAR');
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

function utc(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\;,]/g, '\\$&').replaceAll(/\r?\n/g, '\\n');
}

/** Continuation lines begin with a space; characters are not split. */
function folded(line: string): string {
  let folded = '';
  let bytes = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (bytes + size > LINE_BYTES) {
      folded += '\r\n ';
      bytes = 1;
    }
    folded += character;
    bytes += size;
  }
  return folded;
}
