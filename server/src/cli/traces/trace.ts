import { parseArgs } from 'node:util';
import { type TraceAnswer, traceAnswer, traceContextAnswer } from '@trilith/contract';
import * as v from 'valibot';
import { ask, CommandError, type ServerAddress, serverAddress } from '../http.ts';
import { colorOf, durationNs } from '../logs/arguments.ts';
import { contextLines } from './context.ts';
import { waterfall } from './waterfall.ts';

const HELP = `Usage: trilith trace ID [flags]

Draws a trace in the terminal. ID is a trace id, or anything that holds one: a traceparent, a log line, a URL.

      --logs                    log lines under their spans
      --around                  also what happened around it: changes, alerts, metrics to look at, what is missing
      --critical                only the spans that decide how long it takes, marked ━ in every drawing
      --errors                  only failed spans (marked ✗) and what is above them
      --service NAME            only spans of a service and what is above them
      --min-duration DURATION   only spans at least so long (10ms, 1s)
      --limit N                 the first N spans (default 1000; all: every span)
  -w, --width COLUMNS           default: the terminal's, 120 into a pipe
  -o, --output FORMAT           default, json (everything, as the API answers)
      --color always|never|auto, --no-color
      --url URL, --key KEY      else TRILITH_URL (default http://127.0.0.1:3000) and TRILITH_KEY

Exit code: 0, 2 when there is no such trace or the server refuses.

  trilith traces --errors -o ids | head -1 | xargs trilith trace --logs
`;

/** What the command needs of its process. */
export interface TraceSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  /** Whether standard output is a terminal, and how wide. */
  readonly terminal: boolean;
  readonly columns: number | undefined;
}

const FLAGS = {
  logs: { type: 'boolean' },
  around: { type: 'boolean' },
  critical: { type: 'boolean' },
  errors: { type: 'boolean' },
  service: { type: 'string' },
  'min-duration': { type: 'string' },
  limit: { type: 'string' },
  width: { type: 'string', short: 'w' },
  output: { type: 'string', short: 'o' },
  color: { type: 'string' },
  'no-color': { type: 'boolean' },
  url: { type: 'string' },
  key: { type: 'string' },
} as const;

const DEFAULT_SPANS = 1_000;
const DEFAULT_WIDTH = 120;
const LEAST_WIDTH = 60;

/** `trilith trace`: draws one trace. Throws CommandError. */
export async function traceCommand(args: readonly string[], around: TraceSurroundings): Promise<void> {
  const { env, out } = around;
  if (args.includes('--help') || args.includes('-h')) {
    out(HELP);
    return;
  }
  const { values, positionals } = readFlags(args);
  const traceId = traceIdIn(positionals.join(' '));
  const given = serverAddress(env);
  const server = { url: (values.url ?? given.url).replace(/\/$/, ''), key: values.key ?? given.key };
  const output = values.output ?? 'default';
  if (output !== 'default' && output !== 'json') throw new CommandError('--output is one of default, json');
  if (values.critical === true && values.errors === true)
    throw new CommandError('--critical and --errors exclude each other');
  const width = values.width === undefined ? (around.columns ?? DEFAULT_WIDTH) : wholeNumber('--width', values.width);
  const limit = values.limit === undefined ? DEFAULT_SPANS : limitOf(values.limit);
  const minDurationNs =
    values['min-duration'] === undefined ? 0n : durationNs('--min-duration', values['min-duration']);
  const color =
    (values['no-color'] === true ? false : colorOf(values.color ?? 'auto')) ??
    (around.terminal && (env.NO_COLOR ?? '') === '');
  const trace = await readTrace(server, traceId);
  const context = values.around === true ? await readContext(server, traceId) : undefined;
  if (output === 'json') {
    out(`${JSON.stringify(context === undefined ? trace : { ...trace, around: context }, null, 2)}\n`);
    return;
  }
  const lines = waterfall(trace, {
    width: Math.max(LEAST_WIDTH, width),
    color,
    logs: values.logs === true,
    only: values.critical === true ? 'critical' : values.errors === true ? 'errors' : undefined,
    service: values.service,
    minDurationNs,
    limit,
  });
  if (context !== undefined) lines.push('', ...contextLines(context, color));
  for (const warning of trace.notes.warnings) lines.push(warning);
  out(`${lines.join('\n')}\n`);
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new CommandError(`${(error as Error).message.split('. To specify')[0]} (see trilith trace --help)`, {
      cause: error,
    });
  }
}

/** @throws CommandError */
function traceIdIn(text: string): string {
  const inside = /(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])/.exec(text)?.[0];
  const id = inside ?? /^\s*([0-9a-fA-F]{1,32})\s*$/.exec(text)?.[1];
  if (id !== undefined) return id.toLowerCase();
  if (text.trim() === '') throw new CommandError(HELP.trimEnd());
  throw new CommandError(`there is no trace id in ${JSON.stringify(text.slice(0, 80))}: it has 32 hexadecimal digits`);
}

function limitOf(text: string): number {
  return text === 'all' ? Number.POSITIVE_INFINITY : wholeNumber('--limit', text);
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CommandError(`${flag} is a whole number, not ${JSON.stringify(text)}`);
  return Number(text);
}

async function readTrace(server: ServerAddress, traceId: string): Promise<TraceAnswer> {
  const answer = v.safeParse(traceAnswer, await ask(server, 'GET', `/api/traces/${traceId}`));
  if (!answer.success) throw new CommandError(`${server.url} answered with something else than a trace`);
  return answer.output;
}

async function readContext(server: ServerAddress, traceId: string) {
  const answer = v.safeParse(traceContextAnswer, await ask(server, 'GET', `/api/traces/${traceId}/everything`));
  if (!answer.success) throw new CommandError(`${server.url} answered with something else than what is around a trace`);
  return answer.output;
}
