import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type DrillHop, type DrillRun, drillRunsAnswer, drillsAnswer } from '@trilith/contract';
import * as v from 'valibot';
import { ask, CommandError, type ServerAddress } from '../http.ts';
import { withoutControls } from '../logs/print.ts';
import { type AlertsSurroundings, clockText, readFlags, SERVER_FLAGS, serverOf } from './surroundings.ts';

const HELP = `Usage: trilith drill run FILE... [--true-time]   run the drills of files and follow each hop (docs/drills.md)
       trilith drill run --name NAME              a drill of the files the server is configured with
       trilith drill list                         drills of the configuration, and runs, the newest first
       trilith drill show ID                      a run (the first digits of its id are enough)
       trilith drill stop ID                      end a run: its fault is switched off

Drills of all files run at the same time. Exit code 1 when one failed; Ctrl-C stops them.

      --name NAME               only the drill of this name
      --true-time               wait for the rule's own \`for\`, whatever \`hold\` says
  -o json, --json               print the server's answer
      --url URL, --key KEY      else TRILITH_URL (default http://127.0.0.1:3000) and TRILITH_KEY
`;

const FLAGS = {
  ...SERVER_FLAGS,
  name: { type: 'string' },
  'true-time': { type: 'boolean' },
  output: { type: 'string', short: 'o' },
} as const;

/** Between two looks at a run, ms. */
const LOOK_MS = 1_000;
/** Looks in a row that may get no answer before a run is given up: the server restarts. */
const MOST_UNANSWERED = 30;

/** `trilith drill`. Throws CommandError. */
export async function drillCommand(args: readonly string[], around: AlertsSurroundings): Promise<number> {
  const { env, out } = around;
  if (args.length === 0 || args.includes('--help') || args.includes('-h')) {
    out(HELP.trimEnd());
    return 0;
  }
  const { values, positionals } = readFlags(args, FLAGS, 'trilith drill');
  if (values.output !== undefined && values.output !== 'json' && values.output !== 'text')
    throw new CommandError('-o is json or text');
  const json = values.json === true || values.output === 'json';
  const server = serverOf(values, env);
  const [action, ...rest] = positionals;
  switch (action) {
    case 'run':
      return runDrills(rest, { name: values.name, trueTime: values['true-time'] === true, json, server }, out);
    case 'list':
      return listDrills(server, json, out);
    case 'show':
    case 'stop': {
      const id = await wholeId(rest[0] ?? '', server);
      const runs = await askRuns(server, action === 'stop' ? 'DELETE' : 'GET', `/api/drills/${encodeURIComponent(id)}`);
      if (json) out(JSON.stringify({ runs }));
      else for (const run of runs) for (const line of shownRun(run)) out(withoutControls(line));
      return runs.some(({ state }) => state === 'failed') ? 1 : 0;
    }
    default:
      throw new CommandError(HELP.trimEnd());
  }
}

interface RunOptions {
  readonly name: string | undefined;
  readonly trueTime: boolean;
  readonly json: boolean;
  readonly server: ServerAddress;
}

async function runDrills(
  files: readonly string[],
  { name, trueTime, json, server }: RunOptions,
  out: (line: string) => void,
): Promise<number> {
  if (files.length === 0 && name === undefined) throw new CommandError('name a file of drills, or --name NAME');
  const bodies = files.length === 0 ? [{}] : files.map((file) => ({ text: readText(file) }));
  const runs: DrillRun[] = [];
  // One that is over, or that no server answers for, needs no end.
  const endAll = (): Promise<unknown> =>
    Promise.all(runs.map(({ id }) => ask(server, 'DELETE', `/api/drills/${id}`).catch(() => undefined)));
  let starting: Promise<unknown> = Promise.resolve();
  let isInterrupted = false;
  const stop = (): void => {
    isInterrupted = true;
    process.exitCode = 130;
    // What is being started is among those to be ended.
    void starting.then(endAll, endAll).then(() => process.exit(130));
  };
  process.once('SIGINT', stop);
  try {
    for (const body of bodies) {
      if (isInterrupted) return 130;
      const asked = { ...body, trueTime, ...(name === undefined ? {} : { name }) };
      const begun = askRuns(server, 'POST', '/api/drills', asked).then((more) => runs.push(...more));
      starting = begun;
      await begun;
    }
    const width = Math.max(...runs.map((run) => run.name.length));
    const ended = await Promise.all(
      runs.map((run) =>
        followRun(run, server, (line) => (json ? undefined : out(`${run.name.padEnd(width)}  ${line}`))),
      ),
    );
    if (json) out(JSON.stringify({ runs: ended }));
    else for (const run of ended) out(withoutControls(verdictOf(run)));
    return ended.every(({ state }) => state === 'passed') ? 0 : 1;
  } catch (error) {
    await endAll();
    throw error;
  } finally {
    process.removeListener('SIGINT', stop);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Prints hops as they pass; the run when it has ended. */
async function followRun(begun: DrillRun, server: ServerAddress, out: (line: string) => void): Promise<DrillRun> {
  const told = new Set<string>();
  for (const note of begun.notes) out(withoutControls(note));
  let run = begun;
  for (let unanswered = 0; ; ) {
    for (const hop of run.hops) {
      if (hop.outcome === 'waiting' || told.has(hop.hop)) continue;
      told.add(hop.hop);
      for (const line of linesOfHop(hop)) out(withoutControls(line));
    }
    if (run.state !== 'running') return run;
    await delay(LOOK_MS);
    try {
      [run = run] = await askRuns(server, 'GET', `/api/drills/${begun.id}`);
      unanswered = 0;
    } catch (error) {
      if (!(error instanceof CommandError) || ++unanswered > MOST_UNANSWERED) throw error;
    }
  }
}

const MARKS = { waiting: '…', passed: '✓', failed: '✗', skipped: '-' } as const;

function linesOfHop({ hop, outcome, atMs, tookMs, isVirtual, text, advice }: DrillHop): string[] {
  const took = tookMs === null ? '' : `${(tookMs / 1000).toFixed(1)} s${isVirtual ? ' (virtual)' : ''}`;
  const at = atMs === null ? ''.padEnd(8) : clockText(atMs).slice(11);
  const line = `${MARKS[outcome]} ${hop.padEnd(12)} ${at} ${took.padStart(8)}  ${text}`.trimEnd();
  return advice === '' ? [line] : [line, `${''.padEnd(35)}→ ${advice}`];
}

function verdictOf({ name, id, state, failedHop, startedAtMs, endedAtMs }: DrillRun): string {
  const took = endedAtMs === null ? '' : ` in ${((endedAtMs - startedAtMs) / 1000).toFixed(0)} s`;
  const where = failedHop === null ? '' : ` at ${failedHop}`;
  return `${state === 'passed' ? 'passed' : state.toUpperCase()}${where}${took}  ${name} (${id})`;
}

function shownRun(run: DrillRun): string[] {
  return [
    `${run.name}: ${run.rule.rule} (${run.rule.group}), by ${run.author || 'nobody'} at ${clockText(run.startedAtMs)} UTC`,
    ...run.notes.map((note) => `  ${note}`),
    ...run.hops.flatMap(linesOfHop).map((line) => `  ${line}`),
    verdictOf(run),
  ];
}

async function listDrills(server: ServerAddress, json: boolean, out: (line: string) => void): Promise<number> {
  const answer = await askAll(server);
  if (json) {
    out(JSON.stringify(answer));
    return 0;
  }
  const { known, broken, runs } = answer;
  for (const { file, reason } of broken) out(withoutControls(`${file} cannot be used: ${reason}`));
  for (const { name, alert, rule, kind, file } of known)
    out(withoutControls(`${name}  ${alert}${rule === null ? ' (no such rule is loaded)' : ''}  ${kind}  ${file}`));
  if (known.length > 0 && runs.length > 0) out('');
  for (const run of runs) out(withoutControls(`${clockText(run.startedAtMs)}  ${verdictOf(run)}`));
  if (known.length + runs.length + broken.length === 0)
    out('no drill has run, and the setting drills.files names none');
  return 0;
}

async function askAll(server: ServerAddress): Promise<v.InferOutput<typeof drillsAnswer>> {
  const answer = v.safeParse(drillsAnswer, await ask(server, 'GET', '/api/drills'));
  if (!answer.success) throw new CommandError(`${server.url} did not answer as this version of trilith does`);
  return answer.output;
}

async function askRuns(
  server: ServerAddress,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<DrillRun[]> {
  const answer = v.safeParse(drillRunsAnswer, await ask(server, method, path, body));
  if (!answer.success) throw new CommandError(`${server.url} did not answer as this version of trilith does`);
  return answer.output.runs;
}

/** The id that begins like this. Throws CommandError when none or several do. */
async function wholeId(prefix: string, server: ServerAddress): Promise<string> {
  if (prefix === '') throw new CommandError('name a run by its id (trilith drill list)');
  const found = (await askAll(server)).runs.filter(({ id }) => id.startsWith(prefix));
  const [only, second] = found;
  if (second !== undefined) throw new CommandError(`${found.length} runs begin with ${prefix}: give more digits`);
  return only?.id ?? prefix;
}
