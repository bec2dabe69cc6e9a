import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { ask, CommandError, serverAddress } from '../http.ts';
import { durationNs, timeNs } from '../logs/arguments.ts';
import { rfc3339, withoutControls } from '../logs/print.ts';
import { traceqlOf } from './query.ts';
import { counted, durationText } from './waterfall.ts';

const HELP = `Usage: trilith traces [QUERY] [flags]

Finds traces, newest first. QUERY is TraceQL: '{ resource.service.name = "api" && duration > 1s } >> { status = error }'.
Without one the flags say what is looked for:

      --service NAME            a span of this service
      --operation NAME          with this name
      --errors                  that failed
      --min-duration DURATION   at least so long (10ms, 1s)
      --max-duration DURATION   at most so long
  -a, --attribute KEY=VALUE     with this attribute of the span or its resource; may be repeated
      --since DURATION          how far back: 30s, 15m, 2h, 7d (default 1h)
      --from TIME, --to TIME    RFC 3339, or seconds or nanoseconds since the epoch
  -n, --limit N                 how many (default 20, at most 1000)
  -o, --output FORMAT           default, json (one object a line), ids (one id a line)
      --url URL, --key KEY      else TRILITH_URL (default http://127.0.0.1:3000) and TRILITH_KEY

Exit code: 0, also when nothing is found; 2 when the server or the query refuses.

  trilith traces --service payments-api --errors --since 15m
  trilith trace "$(trilith traces --errors -n 1 -o ids)" --logs
`;

/** What the command needs of its process. */
export interface TracesSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly nowMs: () => number;
}

const FLAGS = {
  service: { type: 'string' },
  operation: { type: 'string' },
  errors: { type: 'boolean' },
  'min-duration': { type: 'string' },
  'max-duration': { type: 'string' },
  attribute: { type: 'string', short: 'a', multiple: true },
  since: { type: 'string', short: 's' },
  from: { type: 'string' },
  to: { type: 'string' },
  limit: { type: 'string', short: 'n' },
  output: { type: 'string', short: 'o' },
  url: { type: 'string' },
  key: { type: 'string' },
} as const;

const HOUR_NS = 3_600_000_000_000n;
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;

const stats = v.object({ spanCount: v.number(), errorCount: v.optional(v.number(), 0) });
const found = v.object({
  traces: v.array(
    v.object({
      traceID: v.string(),
      rootServiceName: v.optional(v.string(), ''),
      rootTraceName: v.optional(v.string(), ''),
      startTimeUnixNano: v.string(),
      durationMs: v.optional(v.number(), 0),
      serviceStats: v.optional(v.record(v.string(), stats), {}),
    }),
  ),
});
type Found = v.InferOutput<typeof found>['traces'][number];

/** `trilith traces`: prints the traces that a query or flags find. Throws CommandError. */
export async function tracesCommand(args: readonly string[], around: TracesSurroundings): Promise<void> {
  const { env, out, err } = around;
  if (args.includes('--help') || args.includes('-h')) {
    out(HELP);
    return;
  }
  const { values, positionals } = readFlags(args);
  const output = values.output ?? 'default';
  if (output !== 'default' && output !== 'json' && output !== 'ids')
    throw new CommandError('--output is one of default, json, ids');
  const limit = limitOf(values.limit);
  const endNs = values.to === undefined ? BigInt(around.nowMs()) * 1_000_000n : timeNs('--to', values.to);
  const sinceNs = values.since === undefined ? HOUR_NS : durationNs('--since', values.since);
  const startNs = values.from === undefined ? endNs - sinceNs : timeNs('--from', values.from);
  const query = traceqlOf(positionals, {
    service: values.service,
    operation: values.operation,
    errors: values.errors === true,
    minDuration: values['min-duration'],
    maxDuration: values['max-duration'],
    attributes: values.attribute ?? [],
  });
  const given = serverAddress(env);
  const server = { url: (values.url ?? given.url).replace(/\/$/, ''), key: values.key ?? given.key };
  const parameters = new URLSearchParams({
    q: query,
    start: String(startNs),
    end: String(endNs),
    limit: String(limit),
  });
  const answer = v.safeParse(found, await ask(server, 'GET', `/tempo/api/search?${parameters}`));
  if (!answer.success) throw new CommandError(`${server.url} answered with something else than traces`);
  const { traces } = answer.output;
  for (const trace of traces)
    out(`${output === 'ids' ? trace.traceID : output === 'json' ? jsonOf(trace) : lineOf(trace)}\n`);
  if (traces.length === 0) err(`no traces for ${query}\n`);
  if (traces.length === limit && output === 'default')
    err(`… the newest ${limit}: --limit ${Math.min(MAX_LIMIT, limit * 10)} shows more\n`);
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new CommandError(`${(error as Error).message.split('. To specify')[0]} (see trilith traces --help)`, {
      cause: error,
    });
  }
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > MAX_LIMIT)
    throw new CommandError(`--limit is a number from 1 to ${MAX_LIMIT}, not ${JSON.stringify(text)}`);
  return Number(text);
}

function totals({ serviceStats }: Found): { readonly spans: number; readonly errors: number } {
  const all = Object.values(serviceStats);
  return {
    spans: all.reduce((sum, { spanCount }) => sum + spanCount, 0),
    errors: all.reduce((sum, { errorCount }) => sum + errorCount, 0),
  };
}

function jsonOf(trace: Found): string {
  const { traceID, rootServiceName, rootTraceName, startTimeUnixNano, durationMs, serviceStats } = trace;
  return JSON.stringify({
    traceId: traceID,
    start: rfc3339(startTimeUnixNano),
    durationMs,
    ...totals(trace),
    rootService: rootServiceName,
    rootOperation: rootTraceName,
    services: Object.keys(serviceStats),
  });
}

function lineOf(trace: Found): string {
  const { spans, errors } = totals(trace);
  return [
    trace.traceID,
    rfc3339(trace.startTimeUnixNano).slice(0, 23).padEnd(23),
    durationText(BigInt(Math.round(trace.durationMs)) * 1_000_000n).padStart(8),
    counted(spans, 'span').padStart(10),
    errors === 0 ? '' : `✗ ${counted(errors, 'error')}`,
    withoutControls(`${trace.rootServiceName}: ${trace.rootTraceName}`),
  ]
    .filter((text) => text !== '')
    .join('  ');
}
