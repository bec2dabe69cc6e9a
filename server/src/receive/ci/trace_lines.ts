import { parseDateTime } from '../../model/date_time.ts';

/** Where the reading of a job's log has come to; carried from one part of a long log to the next. */
export interface TraceState {
  /** Lines so far. */
  readonly line: number;
  /** ns since the epoch, of the last line. */
  readonly timeNs: bigint;
  /** Sections that are open, the innermost last. */
  readonly sections: readonly string[];
}

/** A line of a job's log. */
export interface TraceLine {
  /** From 1. */
  readonly number: number;
  readonly timeNs: bigint;
  /** As it was written, colours included, without GitLab's own marks. */
  readonly text: string;
  /** The innermost section; empty outside of all. */
  readonly section: string;
  /** Whether the job wrote it to its standard error; undefined when the log does not say. */
  readonly isError: boolean | undefined;
}

/** GitLab's mark of a line (runner's FF_TIMESTAMPS): time, stream, O or E, and `+` when it goes on with the line before. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) [0-9a-f]{2}([OE])([ +])/;
/** Erases the terminal's line, so that a mark is not seen. */
const ERASE = '\\u001b\\[0K';
/** docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections; options in brackets after the name. */
const SECTION = new RegExp(
  `(?:${ERASE})?section_(start|end):(\\d{1,12}):([\\w.-]{1,128})(?:\\[[^\\]\\r\\n]{0,256}\\])?\\r?(?:${ERASE})?`,
  'g',
);
const MAX_SECTIONS = 32;
const NS_PER_SECOND = 1_000_000_000n;
/** Lines without a time of their own are this far apart, so that they stay in order. */
const STEP_NS = 1_000n;

/** The lines of a part of a log, and the state after it. A line whose only content is a section's mark is none. */
export function readTrace(
  text: string,
  before: TraceState,
): { readonly lines: readonly TraceLine[]; readonly after: TraceState } {
  const lines: TraceLine[] = [];
  let { line, timeNs } = before;
  let sections = [...before.sections];
  for (const raw of text.split('\n')) {
    const stamp = STAMP.exec(raw);
    const stamped = stamp === null ? undefined : parseDateTime(stamp[1] ?? '');
    const content = (stamp === null ? raw : raw.slice(stamp[0].length)).replace(/\r$/, '');
    let marked: bigint | undefined;
    const shown = content.replace(SECTION, (_, what: string, seconds: string, name: string) => {
      marked = BigInt(seconds) * NS_PER_SECOND;
      sections = what === 'start' ? [...sections, name].slice(-MAX_SECTIONS) : closed(sections, name);
      return '';
    });
    const own = stamped ?? marked;
    if (own !== undefined && own > timeNs) timeNs = own;
    if (shown === '' && (marked !== undefined || content === '')) continue;
    const last = lines.at(-1);
    if (stamp?.[3] === '+' && last !== undefined) {
      lines[lines.length - 1] = { ...last, text: last.text + shown };
      continue;
    }
    line++;
    lines.push({
      number: line,
      timeNs,
      text: shown,
      section: sections.at(-1) ?? '',
      isError: stamp === null ? undefined : stamp[2] === 'E',
    });
    timeNs += STEP_NS;
  }
  return { lines, after: { line, timeNs, sections } };
}

function closed(sections: readonly string[], name: string): string[] {
  const at = sections.lastIndexOf(name);
  return at < 0 ? [...sections] : sections.slice(0, at);
}
