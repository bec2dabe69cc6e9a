import type { RunbookAnswer, RunbookBlock, RunbookLink, RunbooksAnswer } from '@trilith/contract';
import { findRunbook, type RunbookPlaces } from './find_runbook.ts';
import { type Library, problemsOf, runbookAt } from './library.ts';
import { fillLabels, labelsNeeded } from './query_labels.ts';
import { queriesOf } from './read_runbook.ts';
import type { Runbook } from './runbook.ts';

/** An alerting rule as it is loaded. */
export interface RuleWithRunbook {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

/** What answers about runbooks are made of. */
export interface RunbookSources extends RunbookPlaces {
  readonly isConfigured: boolean;
  readonly rules: readonly RuleWithRunbook[];
  /** When the last round over addresses elsewhere ended, ms since the epoch. */
  readonly checkedMs: number | undefined;
}

/** The runbook of a rule. */
export function runbookOfRule(
  { name, annotations }: Pick<RuleWithRunbook, 'name' | 'annotations'>,
  places: RunbookPlaces,
): RunbookLink | undefined {
  return findRunbook({ alertname: name, annotations }, places);
}

/** Addresses elsewhere that runbooks and rules lead to. */
export function addressesElsewhere(sources: Pick<RunbookSources, 'rules'> & RunbookPlaces): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { links } of sources.library.runbooks.values())
    for (const { address } of links) if (address.kind === 'elsewhere') found.add(address.href);
  for (const rule of sources.rules) {
    const link = runbookOfRule(rule, sources);
    if (link !== undefined && link.name === '' && link.href !== '') found.add(link.href);
  }
  return found;
}

/** `GET /api/runbooks`. */
export function runbooksAnswerOf(sources: RunbookSources): RunbooksAnswer {
  const { library, known } = sources;
  const rules = sources.rules.map((rule) => ({
    rule: { file: rule.file, group: rule.group, rule: rule.name },
    severity: rule.labels.get('severity') ?? '',
    runbook: runbookOfRule(rule, sources) ?? null,
  }));
  const rulesOf = Map.groupBy(rules, ({ runbook }) => runbook?.name ?? '');
  const addresses = [...addressesElsewhere(sources)];
  const runbooks = [...library.runbooks.values()].map((runbook) => ({
    name: runbook.name,
    title: runbook.title,
    changedMs: runbook.changedMs,
    queries: queriesOf(runbook.blocks).length,
    rules: (rulesOf.get(runbook.name) ?? []).map(({ rule }) => rule),
    problems: problemsOf(runbook, library, (address) => known(address) ?? ''),
  }));
  const broken = [...library.broken].map(([name, text]) => ({
    ...{ name, title: name, changedMs: 0, queries: 0, rules: [] },
    problems: [{ kind: 'file' as const, line: 0, subject: '', text }],
  }));
  return {
    configured: sources.isConfigured,
    problem: library.problem,
    runbooks: [...runbooks, ...broken].sort((a, b) => (a.name < b.name ? -1 : 1)),
    rules,
    links: {
      checkedMs: sources.checkedMs ?? null,
      total: addresses.length,
      dead: addresses.filter((address) => (known(address) ?? '') !== '').length,
    },
  };
}

/** Links that lead nowhere, of every runbook and rule. */
export function countDeadLinks({ runbooks, rules }: Pick<RunbooksAnswer, 'runbooks' | 'rules'>): number {
  const inRunbooks = runbooks.flatMap(({ problems }) => problems.filter(({ kind }) => kind === 'link'));
  return inRunbooks.length + rules.filter(({ runbook }) => runbook?.opens === false).length;
}

/** `GET /api/runbooks/NAME`. @param given values of labels that somebody typed, which count before the alert's */
export function runbookAnswerOf(
  runbook: Runbook,
  alert: RunbookAnswer['alert'],
  given: ReadonlyMap<string, string>,
  sources: RunbookSources,
): RunbookAnswer {
  const labelled = (label: string): string | undefined =>
    given.get(label) ?? alert?.labels[label] ?? (alert === null ? runbook.labels.get(label) : undefined);
  const needed = queriesOf(runbook.blocks).flatMap(({ query, language }) => labelsNeeded(query, language));
  return {
    name: runbook.name,
    title: runbook.title,
    changedMs: runbook.changedMs,
    blocks: filled(runbook.blocks, labelled),
    labels: Object.fromEntries([...new Set(needed)].map((label) => [label, labelled(label) ?? null])),
    alert,
    rules: sources.rules
      .filter((rule) => runbookOfRule(rule, sources)?.name === runbook.name)
      .map(({ file, group, name }) => ({ file, group, rule: name })),
    problems: problemsOf(runbook, sources.library, (address) => sources.known(address) ?? ''),
  };
}

/** Blocks with the values of labels in their queries. */
function filled(blocks: readonly RunbookBlock[], labelled: (label: string) => string | undefined): RunbookBlock[] {
  return blocks.map((block): RunbookBlock => {
    switch (block.kind) {
      case 'query': {
        const { query, missing, problem } = fillLabels(block.query, block.language, labelled);
        return { ...block, query, missing: [...missing], problem: block.problem || problem };
      }
      case 'quote':
        return { ...block, children: filled(block.children, labelled) };
      case 'list':
        return { ...block, items: block.items.map((item) => ({ ...item, children: filled(item.children, labelled) })) };
      default:
        return block;
    }
  });
}

/** The image or the runbook of a request's path, of a folder its first page; undefined for none. */
export function foundAt(
  path: string,
  library: Library,
): { readonly runbook: Runbook } | { readonly image: string; readonly type: string } | undefined {
  const image = library.images.get(path);
  if (image !== undefined) return { image: image.file, type: image.type };
  const runbook = runbookAt(path, library);
  return runbook === undefined ? undefined : { runbook };
}
