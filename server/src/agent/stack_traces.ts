/**
 * Which lines belong together. `alone`: the line is a record by itself; `starts`: it may be the first of several;
 * `continues`: it belongs to the lines before it.
 */
export type LineVerdict = 'alone' | 'starts' | 'continues';

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

const PYTHON_RULES: readonly Rule[] = [
  {
    from: [START, 'python chain'],
    matches: /^\s*(?:\+ Exception Group )?Traceback \(most recent call last\):\s*$/,
    to: 'python',
  },
  { from: ['python', 'python group'], matches: /^\s+[|+]/, to: 'python group' },
  { from: ['python'], matches: /^\s+\S/, to: 'python' },
  { from: ['python'], matches: /^(?:[^\s.():]+\.)*[^\s.():]+(?::|$)/, to: 'python end' },
  { from: ['python end', 'python chain'], matches: /^\s*$/, to: 'python chain' },
  {
    from: ['python chain'],
    matches: /^(?:During handling of the above exception|The above exception was the direct cause)/,
    to: 'python chain',
  },
];

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
  return {
    next(line) {
      if (state !== START) {
        const rule = BY_STATE.get(state)?.find(({ matches }) => matches.test(line));
        if (rule !== undefined) {
          state = rule.to;
          return 'continues';
        }
        state = START;
      }
      if (line.startsWith('{') || !MAY_START.test(line)) return 'alone';
      const rule = BY_STATE.get(START)?.find(({ matches }) => matches.test(line));
      if (rule === undefined) return 'alone';
      state = rule.to;
      return 'starts';
    },
    reset() {
      state = START;
    },
  };
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
