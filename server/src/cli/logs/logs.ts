import { LOGS_HELP, parseLogsArguments } from './arguments.ts';
import { createPrinter } from './print.ts';
import { logqlOf, mayBePattern } from './query.ts';
import { type Followed, follow, knownNames, readLines } from './read.ts';

/** What the command needs of its process. */
export interface LogsSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Resolves when standard output takes more without keeping it in memory. */
  readonly drained: () => Promise<void>;
  /** Whether standard output is a terminal. */
  readonly terminal: boolean;
  /** Aborted when the person wants no more. */
  readonly stop: AbortSignal;
  readonly nowMs: () => number;
}

const INTERRUPTED = 130;

/** `trilith logs`: prints log lines, and with `--follow` those to come. Returns the exit code. Throws CommandError. */
export async function logsCommand(args: readonly string[], around: LogsSurroundings): Promise<number> {
  const { env, out, err, drained, stop } = around;
  if (args.includes('--help') || args.includes('-h')) {
    out(LOGS_HELP);
    return 0;
  }
  const options = parseLogsArguments(args, env, around.nowMs());
  const color = options.color ?? (around.terminal && (env.NO_COLOR ?? '') === '');
  const print = createPrinter(options, color);
  const names = mayBePattern(options) ? await knownNames(options) : { pods: [], services: [] };
  const query = logqlOf(options, names);
  if (options.follow) {
    await follow(
      options,
      query,
      {
        onLine: (line, stream) => out(print(line, stream)),
        onDropped: (count) => err(`… ${count} lines left out: they come faster than they can be shown\n`),
        onInterrupted: (message) => err(`${message}\n`),
        drained,
      },
      stop,
    );
    return INTERRUPTED;
  }
  let count = 0;
  const onLine: Followed['onLine'] = (line, stream) => {
    count++;
    out(print(line, stream));
  };
  // As with kubectl: nothing was asked for, and nothing is said.
  if (options.tail === 0) return 0;
  const more = await readLines(options, query, { onLine, drained }, stop);
  if (more) err(`… older lines are not shown: --tail ${count * 10} or --tail all shows more\n`);
  if (count === 0) err(`no lines for ${query}\n`);
  return stop.aborted ? INTERRUPTED : 0;
}
