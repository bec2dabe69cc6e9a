import { isRecordHead } from './record_head.ts';

/**
 * Which lines belong together. `alone`: the line is a record by itself; `starts`: it may be the first of several;
 * `continues`: it belongs to the lines before it, undecided ones too; `undecided`: it does if the next decided line
 * continues, else it is a record by itself.
 */
export type LineVerdict = 'alone' | 'starts' | 'continues' | 'undecided';

/** Looks at the lines of one output stream in their order. */
export interface LineGrouping {
  next(line: string): LineVerdict;
  /** The lines before have been passed on: the next one cannot continue them. */
  reset(): void;
}

/** From any of these states a line that matches leads to the next state and belongs to the record. */
interface Rule {
  readonly from: readonly string[];
  readonly matches: RegExp;
  readonly to: string;
}

const START = 'start';

/** JVM languages, .NET and JavaScript: a line that names the exception, then frames, then causes. */
const EXCEPTION_RULES: readonly Rule[] = [
  {
    from: [START, 'exception nested', 'exception source'],
    matches: /(?:Exception|Error|Throwable|V8 errors stack trace)(?:[:[(]|\s*$)/,
    to: 'exception',
  },
  { from: ['exception'], matches: /^\s*nested exception is:/, to: 'exception nested' },
  { from: ['exception'], matches: /^\s*$/, to: 'exception' },
  // Node prints the fields of an error after its frames.
  { from: ['exception', 'frames'], matches: /^\s+at .*\{$/, to: 'error fields' },
  { from: ['error fields'], matches: /^\}/, to: 'frames' },
  { from: ['error fields'], matches: /^\s/, to: 'error fields' },
  { from: ['exception', 'frames'], matches: /^\s+(?:eval )?at /, to: 'frames' },
  { from: ['exception', 'frames'], matches: /^\s*(?:Caused by|Suppressed|\[cause\]):/, to: 'exception' },
  { from: ['exception', 'frames'], matches: /^\s+---> /, to: 'exception' },
  {
    from: ['exception', 'frames'],
    matches: /^\s*\.\.\. \d+ (?:more|common frames omitted|lines matching cause stack trace)/,
    to: 'frames',
  },
  { from: ['exception', 'frames'], matches: /^\s*--- End of .*stack trace.* ---$/, to: 'frames' },
  // Node shows the place and the source line of an uncaught error first.
  { from: [START], matches: /^(?:\/|file:\/\/|node:|[A-Z]:\\)\S*:\d+$/, to: 'exception place' },
  { from: ['exception place'], matches: /^/, to: 'exception code' },
  { from: ['exception code'], matches: /^\s*\^+\s*$/, to: 'exception source' },
  { from: ['exception source'], matches: /^\s*$/, to: 'exception source' },
];

const TRACEBACK = /^\s*(?:\+ Exception Group )?Traceback \(most recent call last\):\s*$/;

/** A message may have more lines (`python end`, `python gap` after an empty one), see `messageLine`. */
const PYTHON_RULES: readonly Rule[] = [
  { from: [START, 'python chain'], matches: TRACEBACK, to: 'python' },
  { from: ['python', 'python group', 'python end', 'python gap'], matches: /^\s+[|+]/, to: 'python group' },
  { from: ['python'], matches: /^\s+\S/, to: 'python' },
  { from: ['python'], matches: /^(?:[^\s.():]+\.)*[^\s.():]+(?::|$)/, to: 'python end' },
  {
    from: ['python end', 'python gap', 'python group'],
    matches: /^(?:During handling of the above exception|The above exception was the direct cause)/,
    to: 'python chain',
  },
  { from: ['python chain'], matches: /^\s*$/, to: 'python chain' },
  // Parts of messages of PostgreSQL, SQLAlchemy and Kubernetes' client that have lines of their own.
  {
    from: ['python end', 'python gap'],
    matches:
      /^(?:LINE \d+: |(?:DETAIL|HINT|CONTEXT): |\[(?:SQL|parameters): |\(Background on this error at: |HTTP response (?:headers|body): )/,
    to: 'python end',
  },
  { from: ['python end'], matches: /^\s+\S/, to: 'python end' },
];

/** States in which a line may belong to the message of a Python exception. */
const IN_MESSAGE: ReadonlySet<string> = new Set(['python end', 'python gap', 'python group']);
/** What comes after so many lines of a message is no part of it. */
const MOST_MESSAGE_LINES = 200;

const GO_RULES: readonly Rule[] = [
  { from: [START], matches: /\bpanic: |^fatal error: |http: panic serving/, to: 'go panic' },
  { from: ['go panic'], matches: /^\s+panic: |^\[signal /, to: 'go panic' },
  { from: ['go panic', 'go function'], matches: /^$/, to: 'go gap' },
  { from: ['go panic', 'go gap'], matches: /^goroutine \d+ .*\[[^\]]+\]:$/, to: 'go function' },
  { from: ['go function'], matches: /^(?:\S.*\(|created by |\.\.\.additional frames)/, to: 'go file' },
  { from: ['go file'], matches: /^\s/, to: 'go function' },
];

const RUBY_RULES: readonly Rule[] = [
  { from: [START], matches: /^\S.*:\d+:in [`'"]/, to: 'ruby' },
  { from: ['ruby'], matches: /^\s+(?:\d+: )?from .*:\d+:in /, to: 'ruby' },
];

const RULES: readonly Rule[] = [...PYTHON_RULES, ...GO_RULES, ...EXCEPTION_RULES, ...RUBY_RULES];

function rulesByState(): ReadonlyMap<string, readonly Rule[]> {
  const states = new Map<string, Rule[]>();
  for (const rule of RULES) {
    for (const state of rule.from) states.set(state, [...(states.get(state) ?? []), rule]);
  }
  return states;
}

const BY_STATE = rulesByState();

/** What a line must hold somewhere to start a trace; most lines of most programs are decided by this one test. */
const MAY_START = /Exception|Error|Throwable|V8 errors|Traceback|panic|^fatal error: |:\d+$|:\d+:in /;

/**
 * Joins stack traces of Java, .NET, JavaScript, Python, Go and Ruby as Fluent Bit's multiline parsers do, by a table of
 * states. A line of JSON is never the start of one: programs that log JSON put their traces inside.
 */
export function stackTraceGrouping(): LineGrouping {
  let state = START;
  // The last two lines outside of traces: before a traceback there may be one without a head.
  let before = '';
  let earlier = '';
  let isHeaded = false;
  let isUndecided = false;
  let messageLines = 0;

  /**
   * Nothing marks the end of a Python exception's message. Where records of the program have heads it goes on up to the next
   * head; else only what follows tells, a chained traceback or an indented line.
   */
  const messageLine = (line: string): LineVerdict | undefined => {
    if (++messageLines > MOST_MESSAGE_LINES || TRACEBACK.test(line) || isRecordHead(line)) return undefined;
    state = line.trim() === '' ? 'python gap' : 'python end';
    if (isHeaded) return 'continues';
    if (!isUndecided && (state === 'python gap' || /^\s/.test(line))) return 'continues';
    if (startOf(line) !== undefined) return undefined;
    isUndecided = true;
    return 'undecided';
  };

  const inside = (line: string): LineVerdict | undefined => {
    const rule = BY_STATE.get(state)?.find(({ matches }) => matches.test(line));
    if (rule !== undefined) {
      if (rule.to === 'python chain') messageLines = 0;
      state = rule.to;
      isUndecided = false;
      return 'continues';
    }
    return IN_MESSAGE.has(state) ? messageLine(line) : undefined;
  };

  return {
    next(line) {
      if (state !== START) {
        const verdict = inside(line);
        if (verdict !== undefined) return verdict;
        state = START;
        isUndecided = false;
      }
      const start = startOf(line);
      if (start === undefined) {
        earlier = before;
        before = line;
        return 'alone';
      }
      state = start;
      messageLines = 0;
      isHeaded = isRecordHead(before) || isRecordHead(earlier);
      return 'starts';
    },
    reset() {
      state = START;
      isUndecided = false;
    },
  };
}

/** The state that a line leads to which may be the first of a trace, else undefined. */
function startOf(line: string): string | undefined {
  if (line.startsWith('{') || !MAY_START.test(line)) return undefined;
  return BY_STATE.get(START)?.find(({ matches }) => matches.test(line))?.to;
}

/** A record begins with a line that matches; lines before the first one are records by themselves. */
export function firstLineGrouping(matches: (line: string) => boolean): LineGrouping {
  let begun = false;
  return {
    next(line) {
      if (matches(line)) {
        begun = true;
        return 'starts';
      }
      return begun ? 'continues' : 'alone';
    },
    reset() {
      begun = false;
    },
  };
}
