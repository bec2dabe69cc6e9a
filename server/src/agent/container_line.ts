/** One line of a container log file as its runtime wrote it. Ranges are of the buffer that was read, unless `body` is given. */
export interface ContainerLine {
  /** Seconds since the epoch and the nanoseconds below them; seconds is -1 without a time. */
  seconds: number;
  nanoseconds: number;
  stream: 'stdout' | 'stderr';
  /** More of the same line follows. */
  partial: boolean;
  start: number;
  end: number;
  /** Docker's lines are JSON texts: the line itself, unescaped. */
  body: Buffer | undefined;
}

export function newContainerLine(): ContainerLine {
  return { seconds: -1, nanoseconds: 0, stream: 'stdout', partial: false, start: 0, end: 0, body: undefined };
}

const SPACE = 0x20;
const OPEN_BRACE = 0x7b;
const NEWLINE = 0x0a;
const P = 0x50;

/**
 * Reads a line in the format of the Container Runtime Interface (`time stream tag content`) or of Docker's json-file.
 * @returns false when it is neither: then all of it is the content and its stream is stdout
 */
export function readContainerLine(bytes: Buffer, start: number, end: number, line: ContainerLine): boolean {
  line.seconds = -1;
  line.stream = 'stdout';
  line.partial = false;
  line.body = undefined;
  line.start = start;
  line.end = end;
  if (bytes[start] === OPEN_BRACE) return readDocker(bytes, start, end, line);
  return readCri(bytes, start, end, line);
}

/** kubernetes/design-proposals-archive, node/kubelet-cri-logging.md: RFC 3339 time, stream, tags (`P` or `F` first), content. */
function readCri(bytes: Buffer, start: number, end: number, line: ContainerLine): boolean {
  const timeEnd = bytes.indexOf(SPACE, start);
  if (timeEnd < 0 || timeEnd - start < 20 || timeEnd - start > 40) return false;
  const stream = timeEnd + 1;
  if (stream + 8 > end || bytes[stream + 6] !== SPACE) return false;
  const name = bytes.toString('latin1', stream, stream + 6);
  if (name !== 'stdout' && name !== 'stderr') return false;
  if (!readTime(bytes, start, timeEnd, line)) return false;
  line.stream = name;
  const tag = stream + 7;
  line.partial = bytes[tag] === P;
  const tagEnd = bytes.indexOf(SPACE, tag);
  line.start = tagEnd < 0 || tagEnd >= end ? end : tagEnd + 1;
  return true;
}

const day = { text: '', seconds: 0 };

const twoDigits = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) - 0x30) * 10 + ((bytes[at + 1] as number) - 0x30);

/** NaN, what reading past the end gives, is not. */
const inRange = (value: number, most: number): boolean => value >= 0 && value <= most;

/** RFC 3339 with up to nine decimal places and any offset. */
function readTime(bytes: Buffer, start: number, end: number, line: ContainerLine): boolean {
  const date = bytes.toString('latin1', start, start + 10);
  if (date !== day.text) {
    const ms = Date.parse(`${date}T00:00:00Z`);
    if (Number.isNaN(ms)) return false;
    day.text = date;
    day.seconds = ms / 1000;
  }
  const [hours, minutes, whole] = [
    twoDigits(bytes, start + 11),
    twoDigits(bytes, start + 14),
    twoDigits(bytes, start + 17),
  ];
  if (!(inRange(hours, 23) && inRange(minutes, 59) && inRange(whole, 60))) return false;
  let seconds = day.seconds + hours * 3600 + minutes * 60 + whole;
  let at = start + 19;
  let nanoseconds = 0;
  if (bytes[at] === 0x2e) {
    let unit = 100_000_000;
    for (at++; at < end; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      nanoseconds += digit * unit;
      unit = Math.floor(unit / 10);
    }
  }
  const zone = bytes[at];
  if (zone === 0x2b || zone === 0x2d) {
    const [offsetHours, offsetMinutes] = [twoDigits(bytes, at + 1), twoDigits(bytes, at + 4)];
    if (!(inRange(offsetHours, 23) && inRange(offsetMinutes, 59))) return false;
    const offset = offsetHours * 3600 + offsetMinutes * 60;
    seconds += zone === 0x2b ? -offset : offset;
  }
  if (seconds < 0) return false;
  line.seconds = seconds;
  line.nanoseconds = nanoseconds;
  return true;
}

/** docs.docker.com/engine/logging/drivers/json-file: `log` ends in a newline unless the line was split. */
function readDocker(bytes: Buffer, start: number, end: number, line: ContainerLine): boolean {
  const read = dockerRecord(bytes.toString('utf8', start, end));
  if (read === undefined) return false;
  const body = Buffer.from(read.log);
  const whole = body[body.length - 1] === NEWLINE;
  line.body = whole ? body.subarray(0, body.length - 1) : body;
  line.start = 0;
  line.end = line.body.length;
  line.partial = !whole;
  line.stream = read.stream;
  const time = Buffer.from(read.time, 'latin1');
  if (time.length >= 20) readTime(time, 0, time.length, line);
  return true;
}

interface DockerRecord {
  readonly log: string;
  readonly stream: 'stdout' | 'stderr';
  readonly time: string;
}

function dockerRecord(text: string): DockerRecord | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // A line of an application that happens to begin with a brace; it is kept as it is.
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('log' in parsed) || typeof parsed.log !== 'string')
    return undefined;
  const { log, stream, time } = parsed as { log: string; stream?: unknown; time?: unknown };
  return { log, stream: stream === 'stderr' ? 'stderr' : 'stdout', time: typeof time === 'string' ? time : '' };
}
