import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { ask, CommandError, type ServerAddress, serverAddress } from '../http.ts';
import { timeNs } from './arguments.ts';

const HELP = `Usage: trilith delete logs QUERY --from TIME [--to TIME] [--dry-run] [--url URL] [--key KEY]

Deletes every line that the LogQL query selects between two times (RFC 3339, or seconds or nanoseconds since the epoch; to now
if there is no --to). The lines are gone from every answer when the command returns, and a little later from the disk.
--dry-run counts them only.

  trilith delete logs '{user_id="7"}' --from 2020-01-01T00:00:00Z --dry-run
`;
const SECOND = 1_000_000_000n;

const counted = v.object({
  data: v.object({ result: v.array(v.object({ value: v.tuple([v.number(), v.string()]) })) }),
});

/** `trilith delete logs`: counts the lines, then deletes them. Throws CommandError. */
export async function deleteLogsCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
  nowMs: number,
): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    print(HELP.trimEnd());
    return;
  }
  const { query, server, startNs, endNs, dryRun } = deletionOf(args, env, nowMs);
  const lines = await count(server, query, startNs, endNs);
  const said = `${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'}`;
  if (dryRun) {
    print(`${said} would be deleted`);
    return;
  }
  const parameters = new URLSearchParams({ query, start: String(startNs), end: String(endNs) });
  await ask(server, 'POST', `/loki/api/v1/delete?${parameters}`);
  print(`${said} deleted; trilith takes them off the disk now (GET /loki/api/v1/delete tells when that is done)`);
}

function deletionOf(args: readonly string[], env: Readonly<Record<string, string | undefined>>, nowMs: number) {
  const options = {
    from: { type: 'string' },
    to: { type: 'string' },
    'dry-run': { type: 'boolean' },
    url: { type: 'string' },
    key: { type: 'string' },
  } as const;
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new CommandError(`${(error as Error).message}\n${HELP}`, { cause: error });
  }
  const { values, positionals } = parsed;
  const [what, query, ...rest] = positionals;
  if (what !== 'logs' || query === undefined || rest.length > 0) throw new CommandError(HELP.trimEnd());
  if (values.from === undefined)
    throw new CommandError('--from is missing: name the time from which lines are deleted');
  const given = serverAddress(env);
  return {
    query,
    server: { url: values.url ?? given.url, key: values.key ?? given.key },
    startNs: timeNs('--from', values.from),
    endNs: values.to === undefined ? BigInt(nowMs) * 1_000_000n : timeNs('--to', values.to),
    dryRun: values['dry-run'] === true,
  };
}

/** Lines between two times: an instant query whose window is that stretch, whole seconds wide. */
async function count(server: ServerAddress, query: string, startNs: bigint, endNs: bigint): Promise<number> {
  const seconds = (endNs - startNs + SECOND - 1n) / SECOND;
  if (seconds <= 0n) throw new CommandError('--from is not before --to');
  const expression = `sum(count_over_time(${query} [${seconds}s]))`;
  const parameters = new URLSearchParams({ query: expression, time: String(endNs) });
  const answer = v.safeParse(counted, await ask(server, 'GET', `/loki/api/v1/query?${parameters}`));
  if (!answer.success) throw new CommandError(`${server.url} answered with something else than a count`);
  return Number(answer.output.data.result[0]?.value[1] ?? 0);
}
