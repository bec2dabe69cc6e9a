import { type Moment, momentOf } from '../records/index.ts';

/** What the header of a syslog message says, and where its text begins. */
export interface SyslogMessage {
  /** 0 to 23. */
  readonly facility: number;
  /** 0 (emergency) to 7 (debug); undefined: the message has no priority. */
  readonly severity: number | undefined;
  /** Undefined: the message has none. */
  readonly moment: Moment | undefined;
  /** Empty: the message does not say. */
  readonly host: string;
  readonly app: string;
  readonly processId: string;
  readonly messageId: string;
  /** Structured data: `<id>.<parameter>` and value. */
  readonly data: readonly (readonly [name: string, value: string])[];
  readonly textStart: number;
}

/** A message without a priority is a user's notice (RFC 3164 4.3.3). */
const USER_NOTICE = 13;
const HIGHEST_PRIORITY = 191;
/** The header lies within this many bytes, structured data apart. */
const HEADER_BYTES = 1024;
const NIL = '-';

/**
 * Reads the header of a message of RFC 5424, of RFC 3164, or of what is sent under the latter's name: other times,
 * no host, no tag, no priority. Whatever is no header is text. Positions are into `bytes`.
 */
export function readSyslog(bytes: Uint8Array<ArrayBuffer>, start: number, end: number, nowMs: number): SyslogMessage {
  const header = latin1(bytes, start, Math.min(end, start + HEADER_BYTES));
  const priority = /^<(\d{1,3})>/.exec(header);
  const number = Number(priority?.[1] ?? USER_NOTICE);
  if (priority === null || number > HIGHEST_PRIORITY) return { ...plainText(USER_NOTICE, start), severity: undefined };
  const after = priority[0].length;
  if (header.startsWith('1 ', after)) {
    const message = readModern(bytes, start, end, number, header, after + 2);
    if (message !== undefined) return message;
  }
  return readBsd(start, number, header, after, nowMs);
}

function plainText(priority: number, textStart: number): SyslogMessage {
  return {
    facility: priority >> 3,
    severity: priority & 7,
    moment: undefined,
    host: '',
    app: '',
    processId: '',
    messageId: '',
    data: [],
    textStart,
  };
}

/** RFC 5424, 6: TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG], each `-` when there is none. */
const MODERN = /^(\S{1,64}) (\S{1,255}) (\S{1,128}) (\S{1,128}) (\S{1,64}) (?=[-[])/;

function readModern(
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
  priority: number,
  header: string,
  from: number,
): SyslogMessage | undefined {
  const parts = MODERN.exec(header.slice(from));
  if (parts === null) return undefined;
  const [all, time = '', host = '', app = '', processId = '', messageId = ''] = parts;
  const data: [string, string][] = [];
  let at = start + from + all.length;
  if (bytes[at] === DASH) at++;
  else {
    at = readStructuredData(bytes, at, end, data);
    if (at < 0) return undefined;
  }
  if (at < end && bytes[at] !== SPACE) return undefined;
  at = Math.min(end, at + 1);
  const isUtf8 = bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;
  return {
    ...plainText(priority, isUtf8 ? at + 3 : at),
    moment: time === NIL ? undefined : momentOf(time),
    host: present(host),
    app: present(app),
    processId: present(processId),
    messageId: present(messageId),
    data,
  };
}

function present(field: string): string {
  return field === NIL ? '' : field;
}

const SPACE = 0x20;
const DASH = 0x2d;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
const MOST_PARAMETERS = 256;

/** RFC 5424, 6.3: `[id name="value" …]`, one behind the other. The position after them, or -1 when they are none. */
function readStructuredData(
  bytes: Uint8Array<ArrayBuffer>,
  from: number,
  end: number,
  into: [string, string][],
): number {
  let at = from;
  while (at < end && bytes[at] === OPEN) {
    let stop = at + 1;
    while (stop < end && bytes[stop] !== SPACE && bytes[stop] !== CLOSE) stop++;
    const id = utf8(bytes, at + 1, stop);
    at = stop;
    while (at < end && bytes[at] === SPACE) {
      const nameStart = at + 1;
      let nameEnd = nameStart;
      while (nameEnd < end && bytes[nameEnd] !== EQUALS) nameEnd++;
      if (bytes[nameEnd + 1] !== QUOTE) return -1;
      const valueStart = nameEnd + 2;
      let valueEnd = valueStart;
      while (valueEnd < end && bytes[valueEnd] !== QUOTE) valueEnd += bytes[valueEnd] === BACKSLASH ? 2 : 1;
      if (valueEnd >= end) return -1;
      if (into.length < MOST_PARAMETERS)
        into.push([`${id}.${utf8(bytes, nameStart, nameEnd)}`, unescaped(utf8(bytes, valueStart, valueEnd))]);
      at = valueEnd + 1;
    }
    if (at >= end || bytes[at] !== CLOSE) return -1;
    at++;
  }
  return at === from ? -1 : at;
}

/** RFC 5424, 6.3.3: `"`, `\` and `]` are escaped; before anything else a backslash is one. */
function unescaped(value: string): string {
  return value.replaceAll(/\\(["\\\]])/g, '$1');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** `Nov  2 07:12:21`, with a year or a fraction too; or the RFC 3339 that rsyslog and others put in its place. */
const BSD_TIME =
  /^(?:\d{1,10}: )?\*?(?:([A-Z][a-z]{2}) {1,2}(\d{1,2})(?: (\d{4}))? (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?|(\d{4}-\d\d-\d\dT[\d:.,]{8,18}(?:Z|[+-]\d\d:?\d\d)?))(?:: | |$)/;
/** A host, also as an IPv6 address; what ends with a colon or has a process id is the tag itself. */
const HOST = /^([^\s:[\]]{1,255}|[0-9A-Fa-f:.]{1,44}[0-9A-Fa-f.]) (?=\S)/;
const TAG = /^([^\s:[\]]{1,128})(?:\[([^\]\s]{0,128})\])?: ?/;

/** RFC 3164, 4.1: TIMESTAMP HOSTNAME TAG[PID]: CONTENT, of which any may be missing. */
function readBsd(start: number, priority: number, header: string, from: number, nowMs: number): SyslogMessage {
  let at = from;
  const time = BSD_TIME.exec(header.slice(at));
  const moment = time === null ? undefined : bsdMoment(time, nowMs);
  if (time !== null && moment !== undefined) at += time[0].length;
  // Without a time there is no header, and a word before the text is no host.
  const host = moment === undefined ? null : HOST.exec(header.slice(at));
  if (host !== null) at += host[0].length;
  const tag = TAG.exec(header.slice(at));
  if (tag !== null) at += tag[0].length;
  return {
    ...plainText(priority, start + at),
    moment,
    host: host?.[1] ?? '',
    app: tag?.[1] ?? '',
    processId: tag?.[2] ?? '',
  };
}

/** Nothing is logged before it happens; what is ahead by less may be of another time zone. */
const AHEAD_MS = 24 * 60 * 60_000;

/** A date without a year is the last one; without a zone it is in the local one, as rsyslog takes it. */
function bsdMoment(parts: RegExpExecArray, nowMs: number): Moment | undefined {
  const [, name = '', day, year, hours, minutes, seconds, fraction = '', iso] = parts;
  if (iso !== undefined) return momentOf(iso);
  const month = MONTHS.indexOf(name);
  if (month < 0) return undefined;
  const inYear = (candidate: number): number =>
    new Date(candidate, month, Number(day), Number(hours), Number(minutes), Number(seconds)).getTime();
  const thisYear = new Date(nowMs).getFullYear();
  const candidates = year === undefined ? [thisYear - 1, thisYear, thisYear + 1] : [Number(year)];
  const times = candidates.map(inYear);
  const ms = times.findLast((time) => time <= nowMs + AHEAD_MS) ?? times[0] ?? Number.NaN;
  return Number.isNaN(ms) ? undefined : { seconds: ms / 1000, nanoseconds: Number(fraction.padEnd(9, '0')) };
}

function latin1(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function utf8(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}
