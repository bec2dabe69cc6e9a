import { readFileSync } from 'node:fs';
import {
  type OnCallAnswer,
  onCallAnswer,
  onCallOverride,
  overridesAnswer,
  type ShiftsAnswer,
  shiftsAnswer,
} from '@trilith/contract';
import * as v from 'valibot';
import { ConfigFileError } from '../../base/yaml_reader.ts';
import { readOnCall } from '../../on_call/index.ts';
import { ask, CommandError } from '../http.ts';
import { durationNs, timeNs } from '../logs/arguments.ts';
import { withoutControls } from '../logs/print.ts';
import { type AlertsSurroundings, clockText, readFlags, SERVER_FLAGS, serverOf } from './surroundings.ts';

const HELP = `Usage: trilith on-call                                        who is on call now, and who is next
       trilith on-call shifts SCHEDULE [--for DURATION]       the shifts to come (default 14d)
       trilith on-call override SCHEDULE PERSON --from TIME --to TIME [--note TEXT]
       trilith on-call overrides                              those that have not ended
       trilith on-call remove ID                              take an override back
       trilith on-call check FILE                             whether a file can be used

Times are RFC 3339, or seconds since the epoch. Calendars subscribe to /api/on-call/SCHEDULE.ics.

      --json                    print the server's answer
      --url URL, --key KEY      else TRILITH_URL (default http://127.0.0.1:3000) and TRILITH_KEY
`;

const FLAGS = {
  ...SERVER_FLAGS,
  for: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  note: { type: 'string' },
} as const;

const DAY_MS = 86_400_000;
const NS_PER_MS = 1_000_000n;

/** `trilith on-call`. Throws CommandError. */
export async function onCallCommand(args: readonly string[], around: AlertsSurroundings): Promise<number> {
  const { env, out, nowMs } = around;
  if (args.includes('--help') || args.includes('-h')) {
    out(HELP.trimEnd());
    return 0;
  }
  const { values, positionals } = readFlags(args, FLAGS, 'trilith on-call');
  const server = serverOf(values, env);
  const fetched = async <S extends v.GenericSchema>(schema: S, answer: Promise<unknown>) => {
    const read = v.safeParse(schema, await answer);
    if (!read.success) throw new CommandError(`${server.url} did not answer as this version of trilith does`);
    return read.output as v.InferOutput<S>;
  };
  const show = <Answer>(answer: Answer, lines: (answer: Answer) => string[]): number => {
    if (values.json === true) out(JSON.stringify(answer));
    else for (const line of lines(answer)) out(withoutControls(line));
    return 0;
  };
  const [command, ...what] = positionals;
  const is = (name: string, count: number): boolean => command === name && what.length === count;
  if (command === undefined) return show(await fetched(onCallAnswer, ask(server, 'GET', '/api/on-call')), nowLines);
  const [first = '', person = ''] = what;
  if (is('check', 1)) return check(first, out);
  if (is('shifts', 1)) {
    const lengthMs = values.for === undefined ? 14 * DAY_MS : Number(durationNs('--for', values.for) / NS_PER_MS);
    const parameters = new URLSearchParams({ schedule: first, from: String(nowMs()), to: String(nowMs() + lengthMs) });
    return show(await fetched(shiftsAnswer, ask(server, 'GET', `/api/on-call/shifts?${parameters}`)), shiftLines);
  }
  if (is('override', 2)) {
    if (values.from === undefined || values.to === undefined) throw new CommandError('--from and --to are missing');
    const body = {
      schedule: first,
      person,
      fromMs: Number(timeNs('--from', values.from) / NS_PER_MS),
      toMs: Number(timeNs('--to', values.to) / NS_PER_MS),
      note: values.note ?? '',
    };
    const kept = await fetched(onCallOverride, ask(server, 'POST', '/api/on-call/overrides', body));
    return show(kept, ({ id }) => [`${id}: ${person} is on call in ${first} then`]);
  }
  if (is('overrides', 0) || is('remove', 1)) {
    const path = '/api/on-call/overrides';
    const removing = `${path}?${new URLSearchParams({ id: first })}`;
    const asked = command === 'remove' ? ask(server, 'DELETE', removing) : ask(server, 'GET', path);
    return show(await fetched(overridesAnswer, asked), ({ overrides }) =>
      overrides.length === 0
        ? ['no overrides']
        : overrides.map(
            (one) =>
              `${one.id}  ${clockText(one.fromMs)} – ${clockText(one.toMs)}  ${one.person} in ${one.schedule} ${one.note}`,
          ),
    );
  }
  throw new CommandError(HELP.trimEnd());
}

function check(path: string, out: (line: string) => void): number {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    const { people, schedules, policies } = readOnCall(text);
    out(`${path}: ${people.size} people, ${schedules.size} schedules, ${policies.size} policies`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    out(`${path}: ${error.message}`);
    return 1;
  }
}

function nowLines({ problem, schedules, policies }: OnCallAnswer): string[] {
  const lines = problem === '' ? [] : [`the file cannot be used: ${problem}`, ''];
  if (schedules.length === 0) lines.push('no schedules (on_call.file; see docs/on-call.md)');
  const names = (people: readonly string[]): string => people.join(', ') || 'nobody';
  for (const { name, people, by, next, gap } of schedules) {
    const until = next === null ? '' : ` until ${clockText(next.atMs)} UTC, then ${names(next.people)}`;
    lines.push(`${name}: ${names(people)}${by.kind === 'override' ? ' (override)' : ''}${until}`);
    if (gap !== null) lines.push(`  nobody from ${clockText(gap.fromMs)} to ${clockText(gap.toMs)} UTC`);
  }
  for (const { name, steps, repeat } of policies) {
    lines.push('', `policy ${name}${repeat === 0 ? '' : `, repeated ${repeat} times`}`);
    for (const { notify, waitMs, receivers } of steps)
      lines.push(`  ${notify.join(', ')} (now ${receivers.join(', ') || 'nobody'}), then ${waitMs / 1_000} s`);
  }
  return lines;
}

function shiftLines({ shifts }: ShiftsAnswer): string[] {
  return shifts.map(
    ({ fromMs, toMs, people, by }) =>
      `${clockText(fromMs)} – ${clockText(toMs)}  ${people.join(', ') || 'nobody'}${by.kind === 'override' ? ' (override)' : ''}`,
  );
}
