import { readFileSync } from 'node:fs';
import {
  alertsCommand,
  backtestCommand,
  backupCommand,
  CommandError,
  checkCommand,
  ciCommand,
  deleteLogsCommand,
  drillCommand,
  importCommand,
  logsCommand,
  onCallCommand,
  proofCommand,
  sloCommand,
  testCommand,
  traceCommand,
  tracesCommand,
  whyCommand,
} from '../cli/index.ts';
import type { Config } from './config.ts';
import { describeSettings } from './environment.ts';
import { drained, written } from './standard_output.ts';

/** The exit code after Ctrl-C. */
const INTERRUPTED = 130;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const HELP = `Trilith ${version}: metrics, logs, traces, errors and alerts in one program

Usage: npm start -- [--config FILE] [--listen HOST:PORT] [--data DIR] [--compat-ports] …
       npx trilith backup DIRECTORY                    back up the running server (TRILITH_URL, TRILITH_KEY)
       npx trilith restore DIRECTORY --data DIRECTORY  put a backup into an empty data directory
       npx trilith import prometheus DIRECTORY         send the blocks of a Prometheus to the running server
       npx trilith check config|rules|metrics …        check Prometheus' files and metrics as promtool does
       npx trilith check alertmanager|runbooks …       the same of alertmanager.yml (as amtool does) and of runbooks
       npx trilith test rules FILE…                    run unit tests of rules as promtool does (docs/alerting.md)
       npx trilith backtest [FILE] [--since 30d]       what alerting rules would have done over stored history
       npx trilith why paged|not-paged ALERT           why an alert did or did not page (docs/why-paged.md)
       npx trilith alerts history|noise|acknowledge …  what happened to alerts, and who takes them on
       npx trilith on-call [shifts|override …]         who is on call (docs/on-call.md)
       npx trilith proof                               whether the page of each rule would arrive
       npx trilith drill run FILE…                     make rules true and follow their pages (docs/drills.md)
       npx trilith slo [NAME|check|exclude …]          what is left of error budgets (docs/slo.md)
       npx trilith check masking [FILE…]               print log lines as masking would store them
       npx trilith logs QUERY|deploy/NAME|WORDS [-f]   print or follow logs (trilith logs --help)
       npx trilith traces [QUERY] [--errors]           find traces (trilith traces --help)
       npx trilith trace ID [--logs]                   draw a trace (trilith trace --help)
       npx trilith delete logs QUERY --from TIME       delete log lines (trilith delete --help)
       npx trilith ci -- COMMAND …                     run a CI job’s command and keep its output (trilith ci --help)
       npx trilith agent [--config agent.yaml]         collect the logs and figures of this node

Settings come from ./trilith.yaml (or --config, TRILITH_CONFIG), the environment, and flags; later ones win.
  flag                           variable                           kind
${describeSettings()}

Then open http://127.0.0.1:3000. Send data: docs/sending.md. Everything else: README.md.
`;

/** Commands about alerts and who takes them on. */
const ABOUT_ALERTS = new Map([
  ['why', whyCommand],
  ['alerts', alertsCommand],
  ['on-call', onCallCommand],
  ['slo', sloCommand],
  ['proof', proofCommand],
  ['drill', drillCommand],
]);

/** Runs one of the commands that end by themselves; undefined when `argv` names none. */
async function command(argv: readonly string[]): Promise<number | undefined> {
  if (argv[0] === 'ci') return ciCommand(argv.slice(1), { env: process.env, out: process.stdout, err: process.stderr });
  if (argv[0] === 'logs') return runLogs(argv.slice(1));
  if (argv[0] === 'trace' || argv[0] === 'traces') return runTraces(argv[0], argv.slice(1));
  if (argv[0] === 'delete') {
    await deleteLogsCommand(argv.slice(1), process.env, (line) => process.stdout.write(`${line}\n`), Date.now());
    return 0;
  }
  if (argv[0] === 'test') return testCommand(argv.slice(1), commandStreams());
  if (argv[0] === 'backtest')
    return backtestCommand(argv.slice(1), { ...commandStreams(), env: process.env, nowMs: Date.now });
  const answering = ABOUT_ALERTS.get(argv[0] ?? '');
  if (answering !== undefined)
    return answering(argv.slice(1), { ...commandStreams(), env: process.env, nowMs: Date.now });
  if (argv[0] === 'check') {
    const { loadConfig } = await import('./config.ts');
    return checkCommand(argv.slice(1), {
      ...commandStreams(),
      stdin: () => new Uint8Array(readFileSync(0)),
      masking: (file) => loadConfig(file === undefined ? [] : ['--config', file], process.env).masking,
    });
  }
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  if (argv.includes('--version')) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const print = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  if (argv[0] === 'backup') {
    await backupCommand(argv.slice(1), process.env, print);
    return 0;
  }
  if (argv[0] === 'import') return importCommand(argv.slice(1), process.env, print);
  if (argv[0] === 'restore') {
    const [, source = ''] = argv;
    if (source === '' || source.startsWith('-'))
      throw new CommandError('usage: trilith restore DIRECTORY --data DIRECTORY');
    const [{ restoreCommand }, { loadConfig }] = await Promise.all([import('./restore.ts'), import('./config.ts')]);
    await restoreCommand(source, loadConfig(argv.slice(2), process.env), print);
    return 0;
  }
  return undefined;
}

/** Runs the agent or the server until it is told to end. */
async function serve(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'agent') {
    const { agentCommand } = await import('./agent_command.ts');
    return agentCommand(argv.slice(1), process.env, version);
  }
  const { loadConfig } = await import('./config.ts');
  const read = (): Config => loadConfig(argv[0] === 'start' ? argv.slice(1) : argv, process.env);
  // Commands need none of the server's modules, and are the quicker for it.
  const { startSystem } = await import('./system.ts');
  const system = await startSystem(read(), version, read);
  if (process.stdout.isTTY) process.stdout.write(`\n  Trilith ${version} is at ${system.url}\n\n`);
  const stopped = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.resolve(0));
  // A file that cannot be used is in the log, and the old one stays.
  process.on('SIGHUP', () => void system.reload().catch(() => undefined));
  const code = await Promise.race([stopped.promise, system.fatal]);
  // After a fatal error nothing may be waited for: what was acknowledged is on disk.
  if (code === 0) await system.close();
  return code;
}

/** A reader that has gone, as `head` does, ends the program. */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** This process' streams, line by line. */
function commandStreams(): { readonly out: (line: string) => void; readonly err: (line: string) => void } {
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** `trilith trace` and `trilith traces` with this process' streams. */
async function runTraces(command: 'trace' | 'traces', args: readonly string[]): Promise<number> {
  endWithReader();
  const out = (text: string): void => void process.stdout.write(text);
  const around = { env: process.env, out, terminal: process.stdout.isTTY, columns: process.stdout.columns };
  if (command === 'trace') await traceCommand(args, around);
  else await tracesCommand(args, { ...around, err: (text) => process.stderr.write(text), nowMs: Date.now });
  return 0;
}

/** `trilith logs` with this process' streams; Ctrl-C and a reader that has gone end it. */
function runLogs(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  endWithReader();
  return logsCommand(args, {
    env: process.env,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    terminal: process.stdout.isTTY,
    drained: () => drained(process.stdout, stop.signal),
    stop: stop.signal,
    nowMs: Date.now,
  });
}

/** Errors whose message is all that the user needs, by name: their modules are loaded by the commands that throw them. */
const EXPECTED = new Set(['AgentConfigError', 'BackupError', 'CommandError', 'ConfigError', 'DataDirectoryInUse']);

/** Runs the command line `argv` (without node and file) and ends the process with its exit code. */
export async function runProgram(argv: readonly string[]): Promise<never> {
  try {
    // The agent's own --help is its own.
    const code = argv[0] === 'agent' ? undefined : await command(argv);
    if (code === undefined) process.exit(await serve(argv));
    // A pipe takes what was written when its reader does; who interrupts wants no more.
    if (code !== INTERRUPTED) await Promise.all([written(process.stdout), written(process.stderr)]);
    process.exit(code);
  } catch (error) {
    const { message, stack, code } = error as NodeJS.ErrnoException;
    const expected = EXPECTED.has((error as Error).name) || code === 'EADDRINUSE';
    process.stderr.write(`trilith: ${expected ? message : (stack ?? String(error))}\n`);
    process.exit(expected ? 2 : 1);
  }
}
