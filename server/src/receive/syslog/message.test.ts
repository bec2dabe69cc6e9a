import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readSyslog, type SyslogMessage } from './message.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);

interface Read extends Omit<SyslogMessage, 'moment' | 'textStart'> {
  readonly time: string | undefined;
  readonly text: string;
}

function read(text: string | Uint8Array, nowMs = NOW): Read {
  const message = new Uint8Array(Buffer.from(text as string));
  // Somewhere in a larger buffer, as in a batch.
  const bytes = new Uint8Array(message.length + 7);
  bytes.set(message, 3);
  const { moment, textStart, ...rest } = readSyslog(bytes, 3, 3 + message.length, nowMs);
  const time =
    moment === undefined
      ? undefined
      : `${new Date(moment.seconds * 1000).toISOString().slice(0, 19)}.${String(moment.nanoseconds).padStart(9, '0')}`;
  return { ...rest, time, text: Buffer.from(bytes.subarray(textStart, 3 + message.length)).toString('utf8') };
}

const BOM = '\ufeff';
const local = (year: number, month: number, day: number, ...time: [number, number, number]): string =>
  `${new Date(year, month - 1, day, ...time).toISOString().slice(0, 19)}.000000000`;
const NOTHING = { host: '', app: '', processId: '', messageId: '', data: [] };

const CASES: readonly (readonly [name: string, message: string, wanted: Partial<Read>])[] = [
  [
    'RFC 5424, example 1: no structured data, a BOM',
    `<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - ${BOM}'su root' failed for lonvick on /dev/pts/8`,
    {
      facility: 4,
      severity: 2,
      time: '2003-10-11T22:14:15.003000000',
      host: 'mymachine.example.com',
      app: 'su',
      processId: '',
      messageId: 'ID47',
      data: [],
      text: "'su root' failed for lonvick on /dev/pts/8",
    },
  ],
  [
    'RFC 5424, example 2: a time zone and microseconds',
    "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
    {
      facility: 20,
      severity: 5,
      time: '2003-08-24T12:14:15.000003000',
      host: '192.0.2.1',
      app: 'myproc',
      processId: '8710',
      text: "%% It's time to make the do-nuts.",
    },
  ],
  [
    'RFC 5424, example 3: structured data and a text',
    `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] ${BOM}An application event log entry...`,
    {
      data: [
        ['exampleSDID@32473.iut', '3'],
        ['exampleSDID@32473.eventSource', 'Application'],
        ['exampleSDID@32473.eventID', '1011'],
      ],
      text: 'An application event log entry...',
    },
  ],
  [
    'RFC 5424, example 4: structured data only',
    '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3"][examplePriority@32473 class="high"]',
    {
      data: [
        ['exampleSDID@32473.iut', '3'],
        ['examplePriority@32473.class', 'high'],
      ],
      text: '',
    },
  ],
  [
    'RFC 5424: escapes in a value',
    '<14>1 - - - - - [a b="q\\" s\\\\ c\\] n\\n"] x',
    { time: undefined, ...NOTHING, data: [['a.b', 'q" s\\ c] n\\n']], text: 'x' },
  ],
  ['RFC 5424: nothing but a header', '<0>1 - - - - - -', { facility: 0, severity: 0, ...NOTHING, text: '' }],
  [
    'RFC 3164, example 1',
    "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
    {
      facility: 4,
      severity: 2,
      time: local(2026, 10, 11, 22, 14, 15),
      host: 'mymachine',
      app: 'su',
      text: "'su root' failed for lonvick on /dev/pts/8",
    },
  ],
  [
    'RFC 3164: a process id, a day of one digit',
    '<86>Nov  2 07:12:21 web-1 sshd[4242]: Accepted publickey',
    { time: local(2026, 11, 2, 7, 12, 21), host: 'web-1', app: 'sshd', processId: '4242', text: 'Accepted publickey' },
  ],
  ['no host, as on /dev/log', '<13>Nov 22 11:59:00 logger: hi there', { host: '', app: 'logger', text: 'hi there' }],
  [
    'a host and no tag',
    '<13>Nov 22 11:59:00 web-1 something happened at last',
    { host: 'web-1', app: '', text: 'something happened at last' },
  ],
  [
    'RFC 3339 in the place of the time, as rsyslog forwards',
    '<30>2026-11-22T11:12:21.123456+00:00 web-1 systemd[1]: Started.',
    { time: '2026-11-22T11:12:21.123456000', host: 'web-1', app: 'systemd', processId: '1', text: 'Started.' },
  ],
  [
    'a year, as network devices write it',
    '<189>45: Nov 22 2025 07:12:21.250: %SYS-5-CONFIG_I: Configured from console',
    {
      time: local(2025, 11, 22, 7, 12, 21).replace('.000', '.250'),
      app: '%SYS-5-CONFIG_I',
      text: 'Configured from console',
    },
  ],
  ['a tag and no time', '<13>app[7]: text', { time: undefined, host: '', app: 'app', processId: '7', text: 'text' }],
  ['a priority only', '<11>just text', { severity: 3, time: undefined, ...NOTHING, text: 'just text' }],
  ['no header at all', 'no header <34> here', { severity: undefined, ...NOTHING, text: 'no header <34> here' }],
  ['a priority beyond the largest is text', '<192>x', { severity: undefined, text: '<192>x' }],
  [
    'an address of IPv6 as host',
    '<13>Nov 22 11:59:00 2001:db8::1 app: x',
    { host: '2001:db8::1', app: 'app', text: 'x' },
  ],
  ['nothing', '', { severity: undefined, ...NOTHING, text: '' }],
];

for (const [name, message, wanted] of CASES) {
  test(`${name}`, () => {
    const found = read(message);
    assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, found[key as keyof Read]])), wanted);
  });
}

test('a date without a year is the last one, or of the next day', () => {
  assert.equal(read('<13>Mar  1 07:00:00 h a: x').time, local(2026, 3, 1, 7, 0, 0));
  assert.equal(read('<13>Dec 31 07:00:00 h a: x').time, local(2025, 12, 31, 7, 0, 0));
  const january = new Date(2026, 0, 1, 0, 5, 0).getTime();
  assert.equal(read('<13>Dec 31 23:59:59 h a: x', january).time, local(2025, 12, 31, 23, 59, 59));
  const december = new Date(2026, 11, 31, 23, 59, 0).getTime();
  assert.equal(read('<13>Jan  1 00:00:01 h a: x', december).time, local(2027, 1, 1, 0, 0, 1));
});

test('whatever the bytes, something is read, and its text is the end of the message', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom(...CASES).chain(([, message]) => {
      const bytes = new Uint8Array(Buffer.from(message));
      return fc.tuple(fc.nat(bytes.length), fc.nat(255)).map(([at, byte]) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = byte;
        return changed;
      });
    }),
    fc
      .constantFrom(...CASES)
      .chain(([, message]) => fc.nat(message.length).map((end) => Buffer.from(message.slice(0, end)))),
  );
  fc.assert(
    fc.property(noise, (bytes) => {
      const message = readSyslog(new Uint8Array(bytes), 0, bytes.length, NOW);
      assert.ok(message.textStart >= 0 && message.textStart <= bytes.length);
    }),
    { numRuns: 2000 },
  );
});
