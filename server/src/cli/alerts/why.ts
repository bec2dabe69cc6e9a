import { type WhyAnswer, whyAnswer } from '@trilith/contract';
import * as v from 'valibot';
import { ask, CommandError } from '../http.ts';
import { durationNs, timeNs } from '../logs/arguments.ts';
import { withoutControls } from '../logs/print.ts';
import { type AlertsSurroundings, clockText, readFlags, SERVER_FLAGS, serverOf } from './surroundings.ts';

const HELP = `Usage: trilith why paged ALERT|GROUP [flags]
       trilith why not-paged ALERT [flags]

Says why an alert did or did not page, hop by hop: its rule, series, threshold, for, route, silences, inhibition, mute times,
grouping, the receiver's answers, acknowledgements. GROUP is a group key as pages and amtool show it: '{}:{alertname="Down"}'.

  -l, --label NAME=VALUE        of the alert; may be repeated
      --labels A=B,C=D          the same for several
      --at TIME                 when a page was expected (RFC 3339, or seconds since the epoch; default now)
      --since DURATION          how far back from then (default 1d)
      --receiver NAME           only pages to this receiver count
      --json                    print the server's answer
      --url URL, --key KEY      else TRILITH_URL (default http://127.0.0.1:3000) and TRILITH_KEY

Exit code: 0 when what is asked about happened (it paged, it did not page), 1 when the opposite is true, 2 when the server
refuses.

  trilith why not-paged HighErrors --label service=payments-api --at 2026-11-22T03:10:00Z
`;

const FLAGS = {
  ...SERVER_FLAGS,
  label: { type: 'string', short: 'l', multiple: true },
  labels: { type: 'string' },
  at: { type: 'string' },
  since: { type: 'string' },
  receiver: { type: 'string' },
} as const;

const MARKS = { passed: '✓', note: '·', stop: '✗' } as const;
const NS_PER_MS = 1_000_000n;
const DAY_NS = 86_400_000_000_000n;

/** `trilith why`. Throws CommandError. */
export async function whyCommand(args: readonly string[], { env, out, nowMs }: AlertsSurroundings): Promise<number> {
  if (args.includes('--help') || args.includes('-h') || args.length === 0) {
    out(HELP.trimEnd());
    return 0;
  }
  const { values, positionals } = readFlags(args, FLAGS, 'trilith why');
  const [question, what, ...more] = positionals;
  if ((question !== 'paged' && question !== 'not-paged') || what === undefined || more.length > 0)
    throw new CommandError(HELP.trimEnd());
  const atNs = values.at === undefined ? BigInt(nowMs()) * NS_PER_MS : timeNs('--at', values.at);
  const sinceNs = values.since === undefined ? DAY_NS : durationNs('--since', values.since);
  const parameters = new URLSearchParams({
    [/^\{.*\}.*:\{.*\}$/s.test(what) ? 'groupKey' : 'alert']: what,
    at: String(atNs / NS_PER_MS),
    since: String((atNs - sinceNs) / NS_PER_MS),
  });
  if (values.receiver !== undefined) parameters.set('receiver', values.receiver);
  const given = [...(values.label ?? []), ...(values.labels?.split(',') ?? [])];
  for (const [name, value] of given.map(labelOf)) parameters.set(`label.${name}`, value);
  const server = serverOf(values, env);
  const answer = v.safeParse(whyAnswer, await ask(server, 'GET', `/api/alerts/why?${parameters}`));
  if (!answer.success) throw new CommandError(`${server.url} answered with something else than a reason`);
  if (values.json === true) out(JSON.stringify(answer.output));
  else for (const line of linesOf(answer.output)) out(withoutControls(line));
  return answer.output.paged === (question === 'paged') ? 0 : 1;
}

function labelOf(text: string): [name: string, value: string] {
  const [name = '', value] = text.split(/=(.*)/s);
  if (name === '' || value === undefined) throw new CommandError(`--label is NAME=VALUE, not ${JSON.stringify(text)}`);
  return [name, value];
}

function linesOf({ verdict, hops }: WhyAnswer): string[] {
  const rows = hops.map(
    ({ hop, outcome, text, atMs }) =>
      `  ${MARKS[outcome]} ${hop.padEnd(9)} ${atMs === null ? ' '.repeat(19) : clockText(atMs)}  ${text}`,
  );
  return [verdict, '', ...rows];
}
