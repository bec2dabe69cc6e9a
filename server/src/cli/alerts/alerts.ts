import {
  type AlertHistoryAnswer,
  alertHistoryAnswer,
  groupResponse,
  type NoiseReport,
  noiseReport,
} from '@trilith/contract';
import { formatDuration } from '@trilith/lang/promql';
import * as v from 'valibot';
import { ask, CommandError } from '../http.ts';
import { durationNs } from '../logs/arguments.ts';
import { withoutControls } from '../logs/print.ts';
import { type AlertsSurroundings, clockText, readFlags, SERVER_FLAGS, serverOf } from './surroundings.ts';

const HELP = `Usage: trilith alerts history [ALERT] [--since DURATION]     states, attempts and what people did (default 1d)
       trilith alerts noise [--since DURATION]               which rules page whom, and what came to nothing (default 30d)
       trilith alerts acknowledge GROUP --as PERSON [--note TEXT]
       trilith alerts unacknowledge|comment GROUP --as PERSON [--note TEXT]
       trilith alerts assign GROUP --to PERSON [--note TEXT]

GROUP is a group key as pages and amtool show it: '{}:{alertname="Down"}'.

      --json                    print the server's answer
      --url URL, --key KEY      else TRILITH_URL (default http://127.0.0.1:3000) and TRILITH_KEY
`;

const FLAGS = {
  ...SERVER_FLAGS,
  since: { type: 'string' },
  as: { type: 'string' },
  to: { type: 'string' },
  note: { type: 'string' },
} as const;

const DAY_MS = 86_400_000;
const ACTIONS = ['acknowledge', 'unacknowledge', 'comment', 'assign'];

/** `trilith alerts`. Throws CommandError. */
export async function alertsCommand(args: readonly string[], around: AlertsSurroundings): Promise<number> {
  const { env, out } = around;
  if (args.includes('--help') || args.includes('-h') || args.length === 0) {
    out(HELP.trimEnd());
    return 0;
  }
  const { values, positionals } = readFlags(args, FLAGS, 'trilith alerts');
  const [command = '', what, ...more] = positionals;
  if (more.length > 0) throw new CommandError(HELP.trimEnd());
  const server = serverOf(values, env);
  const fetched = async <S extends v.GenericSchema>(schema: S, path: string, body?: object) => {
    const answer = v.safeParse(schema, await ask(server, body === undefined ? 'GET' : 'POST', path, body));
    if (!answer.success) throw new CommandError(`${server.url} did not answer as this version of trilith does`);
    return answer.output as v.InferOutput<S>;
  };
  const show = <Answer>(answer: Answer, lines: (answer: Answer) => string[]): number => {
    if (values.json === true) out(JSON.stringify(answer));
    else for (const line of lines(answer)) out(withoutControls(line));
    return 0;
  };
  const range = (defaultMs: number): string => {
    const lengthMs = values.since === undefined ? defaultMs : Number(durationNs('--since', values.since) / 1_000_000n);
    const toMs = around.nowMs();
    return new URLSearchParams({ from: String(toMs - lengthMs), to: String(toMs) }).toString();
  };
  if (command === 'history') {
    const alert = what === undefined ? '' : `&${new URLSearchParams({ alert: what })}`;
    return show(await fetched(alertHistoryAnswer, `/api/alerts/history?${range(DAY_MS)}${alert}`), historyLines);
  }
  if (command === 'noise' && what === undefined)
    return show(await fetched(noiseReport, `/api/alerts/noise?${range(30 * DAY_MS)}`), noiseLines);
  const person = command === 'assign' ? values.to : values.as;
  if (!ACTIONS.includes(command) || what === undefined) throw new CommandError(HELP.trimEnd());
  if (person === undefined) throw new CommandError(command === 'assign' ? '--to is missing' : '--as is missing');
  const body = { groupKey: what, action: command, person, note: values.note ?? '' };
  return show(await fetched(groupResponse, '/api/alerts/responses', body), ({ acknowledged, assignee }) => [
    acknowledged === null ? 'not acknowledged' : `acknowledged by ${acknowledged.person}`,
    ...(assignee === '' ? [] : [`assigned to ${assignee}`]),
  ]);
}

/** Everything that happened, oldest first. */
function historyLines({ series, blind, attempts, held, responses, truncated }: AlertHistoryAnswer): string[] {
  const rows: [timeMs: number, text: string][] = [];
  const labelsText = (labels: Readonly<Record<string, string>>): string =>
    Object.entries(labels)
      .filter(([name]) => name !== 'alertname')
      .map(([name, value]) => `${name}=${value}`)
      .join(' ');
  for (const { rule, labels, states } of series)
    for (const { state, fromMs, value } of states)
      rows.push([
        fromMs,
        `${state.padEnd(9)} ${rule.rule} ${labelsText(labels)}${value === null ? '' : ` (${value})`}`,
      ]);
  for (const { rule, fromMs, toMs, error } of blind) {
    rows.push([fromMs, `blind     ${rule.rule}: ${error}`]);
    if (toMs !== null) rows.push([toMs, `sees      ${rule.rule}`]);
  }
  for (const { timeMs, receiver, labels, reason, by } of held)
    rows.push([
      timeMs,
      `${reason.padEnd(9)} ${labels.alertname ?? ''} ${labelsText(labels)} to ${receiver} by ${by.join(', ')}`,
    ]);
  for (const { timeMs, receiver, integration, outcome, status, latencyMs, error, firing, resolved } of attempts)
    rows.push([
      timeMs,
      `${outcome.padEnd(9)} ${receiver} ${integration}: ${firing} firing, ${resolved} resolved, ${status === 0 ? '' : `${status}, `}${latencyMs} ms${error === '' ? '' : `: ${error}`}`,
    ]);
  for (const { timeMs, action, person, note } of responses)
    rows.push([timeMs, `${action} ${person}${note === '' ? '' : ` (${note})`}`]);
  const lines = rows.sort(([a], [b]) => a - b).map(([timeMs, text]) => `${clockText(timeMs)}  ${text}`);
  if (lines.length === 0) return ['nothing happened in this time'];
  return truncated ? ['… older events are left out: ask for less time', ...lines] : lines;
}

function noiseLines({ pages, rules, people, truncated }: NoiseReport): string[] {
  const lines = [`${pages} pages${truncated ? ' (of the newest events only: ask for less time)' : ''}`];
  if (rules.length > 0) lines.push('', 'pages  never acted on  flaps  at night  firing      alert');
  for (const rule of rules)
    lines.push(
      [
        String(rule.pages).padStart(5),
        String(rule.neverActedOn).padStart(14),
        String(rule.flaps).padStart(6),
        String(rule.nightPages).padStart(9),
        formatDuration(Math.round(rule.firingMs / 1_000) * 1_000).padEnd(10),
        `${rule.alert}${rule.alwaysWith.length === 0 ? '' : ` (always with ${rule.alwaysWith.join(', ')})`}`,
      ].join('  '),
    );
  if (people.length > 0) lines.push('', 'pages  at night  acknowledged  within     person');
  for (const person of people)
    lines.push(
      [
        String(person.pages).padStart(5),
        String(person.nightPages).padStart(8),
        String(person.acknowledged).padStart(12),
        (person.medianAcknowledgeMs === null
          ? '-'
          : formatDuration(Math.round(person.medianAcknowledgeMs / 1_000) * 1_000)
        ).padEnd(9),
        person.name,
      ].join('  '),
    );
  return lines;
}
