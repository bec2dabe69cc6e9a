import { parseArgs } from 'node:util';
import { CommandError, type ServerAddress, serverAddress } from '../http.ts';

/** What the commands about alerts and on-call need of their process. */
export interface AlertsSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line. */
  readonly out: (line: string) => void;
  readonly nowMs: () => number;
}

export const SERVER_FLAGS = {
  url: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Flags = NonNullable<Parameters<typeof parseArgs>[0]>['options'];

/** Flags and the rest of a command line. Throws CommandError that names the command's help. */
export function readFlags<const Options extends NonNullable<Flags>>(
  args: readonly string[],
  options: Options,
  command: string,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new CommandError(`${(error as Error).message.split('. To specify')[0]} (see ${command} --help)`, {
      cause: error,
    });
  }
}

export function serverOf(
  values: { readonly url?: string | undefined; readonly key?: string | undefined },
  env: AlertsSurroundings['env'],
): ServerAddress {
  const given = serverAddress(env);
  return { url: (values.url ?? given.url).replace(/\/$/, ''), key: values.key ?? given.key };
}

/** `2026-01-05 10:00:00`, UTC. */
export function clockText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');
}
