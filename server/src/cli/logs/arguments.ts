import { parseArgs } from 'node:util';
import { CommandError, type ServerAddress, serverAddress } from '../http.ts';

export const OUTPUTS = ['default', 'raw', 'json', 'jsonl'] as const;
export type Output = (typeof OUTPUTS)[number];

/** What `trilith logs` was asked for. */
export interface LogsOptions {
  readonly server: ServerAddress;
  /** A LogQL query, `deploy/NAME` and the like, a pattern of names, or words. */
  readonly what: readonly string[];
  readonly follow: boolean;
  /** ns since the epoch. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** How many of the newest lines; Infinity: all. */
  readonly tail: number;
  readonly output: Output;
  readonly selector: string | undefined;
  readonly namespace: string | undefined;
  readonly container: string | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly highlight: readonly string[];
  readonly levels: readonly string[];
  readonly trace: string | undefined;
  readonly timestamps: boolean;
  /** As asked for; undefined: as the terminal is. */
  readonly color: boolean | undefined;
}

export const LOGS_HELP = `Usage: trilith logs [WHAT …] [flags]

WHAT is one of
  '{service="api"} |= "x"'      a LogQL query
  deploy/NAME  pod/NAME         the pods of a workload (also sts, ds, job, cronjob), a pod; svc/NAME: a service
  api-.*                        a pattern that pods or services are named by
  card declined                 words that lines contain, in any case

  -f, --follow                  go on with lines as they are accepted
  -s, --since DURATION          how far back: 30s, 15m, 2h, 7d (default 1h)
      --from TIME, --to TIME    RFC 3339, or seconds or nanoseconds since the epoch (kubectl: --since-time)
      --tail N                  the newest N lines (default 1000, 100 with -f; all: every line; logcli: --limit)
  -l, --selector a=b,c!=d       labels of streams; also 'a in (b,c)'
  -n, --namespace NAME          as with kubectl and stern; for a number of lines there is --tail
  -A, --all-namespaces          which is how it is without -n
  -c, --container REGEX
  -i, --include REGEX           only lines that match; may be repeated
  -e, --exclude REGEX           no lines that match; may be repeated
      --level LEVEL[,LEVEL]     only lines of these levels
      --trace ID                only lines of a trace
  -H, --highlight REGEX         mark matches; may be repeated
  -o, --output FORMAT           default, raw (the line alone), json (all fields), jsonl (as logcli)
  -t, --timestamps
      --color always|never|auto, --no-color
      --url URL, --key KEY      else TRILITH_URL (default http://127.0.0.1:3000) and TRILITH_KEY

Lines come oldest first. Exit code: 0, 2 when the server or the query refuses, 130 after Ctrl-C.
`;

const FLAGS = {
  follow: { type: 'boolean', short: 'f' },
  since: { type: 'string', short: 's' },
  from: { type: 'string' },
  'since-time': { type: 'string' },
  to: { type: 'string' },
  tail: { type: 'string' },
  limit: { type: 'string' },
  output: { type: 'string', short: 'o' },
  selector: { type: 'string', short: 'l' },
  namespace: { type: 'string', short: 'n' },
  'all-namespaces': { type: 'boolean', short: 'A' },
  container: { type: 'string', short: 'c' },
  include: { type: 'string', short: 'i', multiple: true },
  exclude: { type: 'string', short: 'e', multiple: true },
  highlight: { type: 'string', short: 'H', multiple: true },
  level: { type: 'string' },
  trace: { type: 'string' },
  timestamps: { type: 'boolean', short: 't' },
  color: { type: 'string' },
  'no-color': { type: 'boolean' },
  url: { type: 'string' },
  key: { type: 'string' },
} as const;

const HOUR_NS = 3_600_000_000_000n;
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3, w: 7 * 86_400e3 };
const DEFAULT_LINES = 1_000;
const DEFAULT_HISTORY = 100;

/** @throws CommandError */
export function parseLogsArguments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  nowMs: number,
): LogsOptions {
  const { values, positionals } = readFlags(args);
  const output = OUTPUTS.find((name) => name === (values.output ?? 'default'));
  if (output === undefined) throw new CommandError(`--output is one of ${OUTPUTS.join(', ')}`);
  const follow = values.follow === true;
  if (follow && values.to !== undefined) throw new CommandError('--follow has no end: leave --to away');
  const endNs = values.to === undefined ? BigInt(nowMs) * 1_000_000n : timeNs('--to', values.to);
  const sinceNs = values.since === undefined ? HOUR_NS : durationNs('--since', values.since);
  const from = values.from ?? values['since-time'];
  const given = serverAddress(env);
  return {
    server: { url: (values.url ?? given.url).replace(/\/$/, ''), key: values.key ?? given.key },
    what: positionals,
    follow,
    startNs: from === undefined ? endNs - sinceNs : timeNs('--from', from),
    endNs,
    tail: linesOf(values.tail ?? values.limit, follow ? DEFAULT_HISTORY : DEFAULT_LINES),
    output,
    selector: values.selector,
    namespace: values['all-namespaces'] === true ? undefined : values.namespace,
    container: values.container,
    include: values.include ?? [],
    exclude: values.exclude ?? [],
    highlight: values.highlight ?? [],
    levels: (values.level ?? '').split(',').filter((level) => level !== ''),
    trace: values.trace,
    timestamps: values.timestamps === true,
    color: values['no-color'] === true ? false : colorOf(values.color ?? 'auto'),
  };
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new CommandError(`${(error as Error).message.split('. To specify')[0]} (see trilith logs --help)`, {
      cause: error,
    });
  }
}

/** `always` and `never` as asked; undefined: as the terminal is. @throws CommandError */
export function colorOf(text: string): boolean | undefined {
  if (text === 'auto') return undefined;
  if (text !== 'always' && text !== 'never') throw new CommandError('--color is one of always, never, auto');
  return text === 'always';
}

function linesOf(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (text === 'all' || text === '-1') return Number.POSITIVE_INFINITY;
  if (!/^\d{1,9}$/.test(text))
    throw new CommandError(`--tail is a number of lines or all, not ${JSON.stringify(text)}`);
  return Number(text);
}

/** A length of time such as `90s`, `1h30m`, `7d`, in ns. @throws CommandError */
export function durationNs(flag: string, text: string): bigint {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw new CommandError(`${flag} is a duration such as 30s, 15m, 2h or 7d, not ${JSON.stringify(text)}`);
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0), 0);
  return BigInt(Math.round(ms)) * 1_000_000n;
}

/** A moment in ns: RFC 3339 or a date, seconds (ten digits) or nanoseconds since the epoch. @throws CommandError */
export function timeNs(flag: string, text: string): bigint {
  if (/^\d{1,10}$/.test(text)) return BigInt(text) * 1_000_000_000n;
  if (/^\d{19}$/.test(text)) return BigInt(text);
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new CommandError(`${flag} is a time such as 2026-11-22T09:00:00Z, not ${JSON.stringify(text)}`);
  return BigInt(ms) * 1_000_000n;
}
