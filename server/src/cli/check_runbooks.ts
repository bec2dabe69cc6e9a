import { globSync } from 'node:fs';
import { systemClock } from '../base/clock.ts';
import { createOutbound } from '../base/outbound.ts';
import { loadRules } from '../rules/index.ts';
import {
  addressesElsewhere,
  createLinkCheck,
  type Library,
  problemsOf,
  queriesOf,
  type RuleWithRunbook,
  type RunbookPlaces,
  readLibrary,
  runbookOfRule,
} from '../runbooks/index.ts';
import type { CheckSurroundings } from './check_surroundings.ts';
import { CommandError } from './http.ts';

export const RUNBOOKS_USAGE =
  'trilith check runbooks [--rules=GLOB,…] [--logql-rules=GLOB,…] [--base-urls=URL,…] [--require] [--links] DIRECTORY';
export const RUNBOOKS_FLAGS = ['rules', 'logql-rules', 'base-urls', 'require', 'links'];

const LINKS_AT_ONCE = 8;
const MINUTE_MS = 60_000;

/**
 * `trilith check runbooks`: whether every query of a folder's runbooks parses and every link of them and of alerting rules leads somewhere
 * (`--links`: to elsewhere too, asked now), and which rules have none. Returns the exit code: 1 for what is broken, and with `--require`
 * for rules without a runbook. Throws CommandError.
 */
export async function checkRunbooks(
  folders: readonly string[],
  flags: ReadonlyMap<string, string>,
  around: CheckSurroundings,
): Promise<number> {
  const [directory, ...more] = folders;
  if (directory === undefined || more.length > 0) throw new CommandError(`usage: ${RUNBOOKS_USAGE}`);
  const library = await readLibrary(directory);
  if (library.problem !== '') throw new CommandError(library.problem);
  const rules = rulesOf(flags);
  const unasked = { library, baseUrls: listOf(flags.get('base-urls')), known: () => undefined };
  const places = flags.has('links') ? { ...unasked, known: await askAll({ ...unasked, rules }) } : unasked;
  around.out(`Checking ${directory}`);
  const broken = brokenLines(library, places);
  const { dead, bare } = ruleLines(rules, places);
  for (const line of [...broken, ...dead]) around.err(`  FAILED: ${line}`);
  for (const rule of bare) around.err(`  ${flags.has('require') ? 'FAILED' : 'WARNING'}: ${rule} has no runbook`);
  if (broken.length + dead.length === 0) around.out(`  SUCCESS: ${countsOf(library, rules.length)}`);
  return broken.length + dead.length > 0 || (flags.has('require') && bare.length > 0) ? 1 : 0;
}

const listOf = (flag: string | undefined): string[] => (flag ?? '').split(',').filter((text) => text !== '');

function countsOf({ runbooks, images }: Library, rules: number): string {
  const queries = [...runbooks.values()].reduce((sum, { blocks }) => sum + queriesOf(blocks).length, 0);
  return `${runbooks.size} runbooks with ${queries} queries and ${images.size} images found, for ${rules} alerting rules`;
}

function brokenLines(library: Library, { known }: RunbookPlaces): string[] {
  const unreadable = [...library.broken].map(([name, error]) => `${name}.md: ${error}`);
  const problems = [...library.runbooks.values()].flatMap((runbook) =>
    problemsOf(runbook, library, (address) => known(address) ?? '').map(
      ({ kind, line, subject, text }) => `${runbook.name}.md:${line}: ${kind === 'link' ? `${subject}: ` : ''}${text}`,
    ),
  );
  return [...unreadable, ...problems];
}

function ruleLines(rules: readonly RuleWithRunbook[], places: RunbookPlaces): { dead: string[]; bare: string[] } {
  const dead: string[] = [];
  const bare: string[] = [];
  for (const rule of rules) {
    const link = runbookOfRule(rule, places);
    const name = `${rule.file}: ${rule.name}`;
    if (link === undefined) bare.push(name);
    else if (link.opens === false) dead.push(`${name}: ${link.href || link.title}: ${link.error}`);
  }
  return { dead, bare };
}

/** Throws CommandError for a file that cannot be used. */
function rulesOf(flags: ReadonlyMap<string, string>): RuleWithRunbook[] {
  const [files, logqlFiles] = [listOf(flags.get('rules')), listOf(flags.get('logql-rules'))];
  for (const pattern of [...files, ...logqlFiles])
    if (globSync(pattern).length === 0) throw new CommandError(`${pattern}: there is no such file`);
  const { groups, broken } = loadRules(
    [
      { language: 'promql', directory: '.', patterns: files },
      { language: 'logql', directory: '.', patterns: logqlFiles },
    ],
    { intervalMs: MINUTE_MS, queryOffsetMs: 0 },
  );
  for (const [path, reason] of broken) throw new CommandError(`${path}: ${reason}`);
  return groups.flatMap(({ file, name: group, rules }) =>
    rules.flatMap(({ kind, name, labels, annotations }) =>
      kind === 'alert' ? [{ file, group, name, labels, annotations }] : [],
    ),
  );
}

/** Asks every address elsewhere. */
async function askAll(sources: Parameters<typeof addressesElsewhere>[0]): Promise<RunbookPlaces['known']> {
  const waiting = [...addressesElsewhere(sources)];
  const outbound = createOutbound({ allowPrivate: true });
  const links = createLinkCheck({
    outbound,
    clock: systemClock,
    addresses: () => new Set(),
    asked: () => undefined,
  });
  const next = async (): Promise<void> => {
    for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) await links.opens(address);
  };
  await Promise.all(Array.from({ length: LINKS_AT_ONCE }, next));
  outbound.close();
  return links.known;
}
