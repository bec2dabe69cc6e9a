import { existsSync } from 'node:fs';
import { type SloDetail, type SloList, type SloSummary, sloDetail, sloList } from '@trilith/contract';
import * as v from 'valibot';
import { loadObjectives } from '../../slo/index.ts';
import { ask, CommandError } from '../http.ts';
import { withoutControls } from '../logs/print.ts';
import { type AlertsSurroundings, clockText, readFlags, SERVER_FLAGS, serverOf } from './surroundings.ts';

const HELP = `Usage: trilith slo                             what is left of every budget, the least first
       trilith slo NAME                        one objective: burn rates, alerts, who spent it
       trilith slo check FILE…                 whether files of objectives can be used (exit code 1: not all)
       trilith slo exclude NAME --from TIME --to TIME --reason TEXT [--everywhere]
       trilith slo include NAME ID             take an exclusion back

Times are ISO 8601: 2026-01-05T10:00:00Z. Formats of files: docs/slo.md.

      --json                    print the server's answer
      --url URL, --key KEY      else TRILITH_URL (default http://127.0.0.1:3000) and TRILITH_KEY
`;

const FLAGS = {
  ...SERVER_FLAGS,
  from: { type: 'string' },
  to: { type: 'string' },
  reason: { type: 'string' },
  everywhere: { type: 'boolean' },
} as const;

const MINUTE_MS = 60_000;

/** `trilith slo`. Throws CommandError. */
export async function sloCommand(args: readonly string[], { env, out }: AlertsSurroundings): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    out(HELP.trimEnd());
    return 0;
  }
  const { values, positionals } = readFlags(args, FLAGS, 'trilith slo');
  const [first, ...rest] = positionals;
  if (first === 'check') return check(rest, out);
  const server = serverOf(values, env);
  const fetched = async <S extends v.GenericSchema>(
    schema: S,
    path: string,
    method: 'GET' | 'POST' | 'DELETE' = 'GET',
    body?: object,
  ): Promise<v.InferOutput<S>> => {
    const answer = v.safeParse(schema, await ask(server, method, path, body));
    if (!answer.success) throw new CommandError(`${server.url} did not answer as this version of trilith does`);
    return answer.output;
  };
  const show = <Answer>(answer: Answer, lines: (answer: Answer) => string[]): number => {
    if (values.json === true) out(JSON.stringify(answer));
    else for (const line of lines(answer)) out(withoutControls(line));
    return 0;
  };
  if (first === undefined) return show(await fetched(sloList, '/api/slo'), listLines);
  const [name, id, ...more] = first === 'exclude' || first === 'include' ? rest : [first, undefined, ...rest];
  if (name === undefined || more.length > 0 || (first === 'include') !== (id !== undefined))
    throw new CommandError(HELP.trimEnd());
  const path = `/api/slo/${encodeURIComponent(name)}`;
  switch (first) {
    case 'exclude': {
      if (values.reason === undefined) throw new CommandError('--reason is missing');
      const everywhere = values.everywhere === true;
      const [fromMs, toMs] = [timeOf('--from', values.from), timeOf('--to', values.to)];
      const body = { fromMs, toMs, reason: values.reason, everywhere };
      return show(await fetched(sloDetail, `${path}/exclusions`, 'POST', body), detailLines);
    }
    case 'include': {
      const query = new URLSearchParams({ id: id ?? '' });
      return show(await fetched(sloDetail, `${path}/exclusions?${query}`, 'DELETE'), detailLines);
    }
    default:
      return show(await fetched(sloDetail, path), detailLines);
  }
}

/** Exit code 0 when all files can be used. */
function check(files: readonly string[], out: AlertsSurroundings['out']): number {
  if (files.length === 0) throw new CommandError(HELP.trimEnd());
  for (const file of files) if (!existsSync(file)) throw new CommandError(`${file} does not exist`);
  const { objectives, broken } = loadObjectives(files, {
    rules: { intervalMs: MINUTE_MS, queryOffsetMs: 0 },
    generator: { version: 'check', mode: 'check' },
  });
  for (const { objective, format, groups } of objectives) {
    const rules = groups.reduce((sum, group) => sum + group.rules.length, 0);
    out(withoutControls(`${objective.id}: ${objective.targetPercent} % (${format}), ${rules} rules`));
  }
  for (const [file, reason] of broken) out(withoutControls(`${file}: ${reason}`));
  return broken.size > 0 ? 1 : 0;
}

function timeOf(flag: string, written: string | undefined): number {
  const timeMs = Date.parse(written ?? '');
  if (Number.isNaN(timeMs)) throw new CommandError(`${flag} wants a time: 2026-01-05T10:00:00Z`);
  return timeMs;
}

const percent = (share: number | null): string => (share === null ? '-' : `${(share * 100).toFixed(2)} %`);
const times = (rate: number | null): string => (rate === null ? '-' : `${rate.toFixed(2)}x`);

function stateOf({ problem, progress, reliable }: SloSummary): string {
  if (problem !== '') return `not counted: ${problem}`;
  if (progress < 1) return `counting the past, ${Math.floor(progress * 100)} %`;
  return reliable ? '' : 'too little counted to speak of';
}

function listLines({ objectives, broken }: SloList): string[] {
  const problems = broken.map(({ file, reason }) => `${file} cannot be used: ${reason}`);
  if (objectives.length === 0)
    return [...problems, 'no objectives: slo.files in trilith.yaml names them (docs/slo.md)'];
  const rows = objectives.map((one) => [
    one.name,
    `${one.targetPercent} %`,
    percent(one.goodShare),
    percent(one.remaining),
    times(one.burn.find(({ windowSeconds }) => windowSeconds >= 3600)?.rate ?? null),
    one.exhaustedAtMs === null ? '-' : clockText(one.exhaustedAtMs),
    stateOf(one),
  ]);
  return [...problems, ...table([['OBJECTIVE', 'TARGET', 'GOOD', 'BUDGET LEFT', 'BURN 1H', 'EXHAUSTED', ''], ...rows])];
}

function detailLines(slo: SloDetail): string[] {
  const state = stateOf(slo);
  const lines = [
    `${slo.name}: ${slo.targetPercent} % over ${slo.periodDays} days${slo.description === '' ? '' : ` — ${slo.description}`}`,
    `good ${percent(slo.goodShare)}, budget left ${percent(slo.remaining)}, counted ${percent(slo.coverage)} of the period${state === '' ? '' : ` (${state})`}`,
  ];
  if (slo.minEvents > 0 && slo.alerts.length > 0)
    lines.push(`alerts are silent while their long window had fewer than ${slo.minEvents} events`);
  if (slo.alerts.length > 0)
    lines.push(
      '',
      ...table([
        ['ALERT', 'WINDOWS', 'THRESHOLD', 'SHORT', 'LONG', ''],
        ...slo.alerts.map((one) => [
          one.severity,
          `${one.shortSeconds / 60} min, ${one.longSeconds / 60} min`,
          times(one.threshold),
          times(one.shortRate),
          times(one.longRate),
          one.isBurning ? 'burning' : '',
        ]),
      ]),
    );
  if (slo.dimensions.length > 0)
    lines.push(
      '',
      ...table([
        ['WHO SPENT IT', 'OF THE BAD EVENTS'],
        ...slo.dimensions.slice(0, 20).map(({ labels, shareOfBad }) => [
          Object.entries(labels)
            .map(([name, value]) => `${name}=${value}`)
            .join(' '),
          percent(shareOfBad),
        ]),
      ]),
    );
  for (const { id, fromMs, toMs, reason, author } of slo.exclusions)
    lines.push(
      '',
      `excluded ${clockText(fromMs)} to ${clockText(toMs)}: ${reason}${author === '' ? '' : ` (${author})`}, id ${id}`,
    );
  return lines;
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
