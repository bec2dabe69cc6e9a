import { resolve } from 'node:path';
import * as v from 'valibot';
import { ask, CommandError, serverAddress } from './http.ts';

const manifest = v.object({ tables: v.array(v.object({ database: v.string(), table: v.string(), rows: v.number() })) });

/** `trilith backup DIR`: asks the running server to write a backup into a new directory of its machine. */
export async function backupCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
): Promise<void> {
  const [directory, ...rest] = args;
  if (directory === undefined || rest.length > 0 || directory.startsWith('-'))
    throw new CommandError('usage: trilith backup DIRECTORY');
  const target = resolve(directory);
  print(`writing ${target} …`);
  const answer = v.safeParse(
    manifest,
    await ask(serverAddress(env), 'POST', `/api/admin/backup?to=${encodeURIComponent(target)}`),
  );
  if (!answer.success) throw new CommandError('the server answered with something else than a backup manifest');
  for (const { database, table, rows } of answer.output.tables)
    if (rows > 0) print(`  ${database}.${table}: ${rows.toLocaleString('en')} rows`);
  print(`done; put it back with: trilith restore ${target} --data NEW_DIRECTORY`);
}
