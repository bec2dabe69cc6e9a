import { proofAnswer, type RuleProof } from '@trilith/contract';
import * as v from 'valibot';
import { ask, CommandError } from '../http.ts';
import { withoutControls } from '../logs/print.ts';
import { type AlertsSurroundings, clockText, readFlags, SERVER_FLAGS, serverOf } from './surroundings.ts';

const HELP = `Usage: trilith proof [--all]     whether the page of each rule would arrive: broken ones first

Exit code 1 when a rule is broken.

      --all                     rules that do not page too
      --json                    print the server's answer
      --url URL, --key KEY      else TRILITH_URL (default http://127.0.0.1:3000) and TRILITH_KEY
`;

const FLAGS = { ...SERVER_FLAGS, all: { type: 'boolean' } } as const;

/** `trilith proof`. Throws CommandError. */
export async function proofCommand(args: readonly string[], { env, out }: AlertsSurroundings): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    out(HELP.trimEnd());
    return 0;
  }
  const { values, positionals } = readFlags(args, FLAGS, 'trilith proof');
  if (positionals.length > 0) throw new CommandError(HELP.trimEnd());
  const server = serverOf(values, env);
  const path = `/api/alerts/proof${values.all === true ? '?all=1' : ''}`;
  const answer = v.safeParse(proofAnswer, await ask(server, 'GET', path));
  if (!answer.success) throw new CommandError(`${server.url} did not answer as this version of trilith does`);
  const { rules } = answer.output;
  if (values.json === true) out(JSON.stringify(answer.output));
  else if (rules.length === 0) out('no rule has the severity page or critical (--all shows the others)');
  else for (const rule of rules) for (const line of linesOf(rule)) out(withoutControls(line));
  return rules.some(({ verdict }) => verdict === 'broken') ? 1 : 0;
}

function linesOf({ rule, verdict, lastFiring, receivers, doubts }: RuleProof): string[] {
  const fired =
    lastFiring === null ? '' : `, fired ${clockText(lastFiring.atMs)}${lastFiring.isDrill ? ' in a drill' : ''}`;
  const told = receivers.map(({ receiver }) => receiver).join(', ');
  return [
    `${verdict.padEnd(8)}  ${rule.rule} (${rule.group}) to ${told}${fired}`,
    ...doubts.map(({ text }) => `            ${text}`),
  ];
}
