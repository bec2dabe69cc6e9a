import { createHash } from 'node:crypto';
import { globSync, readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ParseOptions, parse, print } from '@trilith/lang/promql';
import type { GroupDefinition, RuleDefinition } from './definition.ts';
import type { RuleLanguage } from './ports.ts';
import { parseRuleFile, type Rule, type RuleGroup } from './rule_file.ts';

/** Where rule files are, as globs; relative ones from the directory. */
export interface RuleSource {
  readonly language: RuleLanguage;
  readonly directory: string;
  readonly patterns: readonly string[];
}

export interface LoadOptions {
  /** For groups that say none, ms. */
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  readonly promql?: ParseOptions;
}

export interface LoadedRules {
  readonly groups: readonly GroupDefinition[];
  /** Files that cannot be used, by path, with the reasons. */
  readonly broken: ReadonlyMap<string, string>;
}

interface FoundFile {
  readonly path: string;
  readonly language: RuleLanguage;
}

function filesOf(sources: readonly RuleSource[]): FoundFile[] {
  const found = new Map<string, FoundFile>();
  for (const { language, directory, patterns } of sources)
    for (const pattern of patterns)
      for (const match of globSync(resolve(directory, pattern)).sort()) {
        const path = resolve(match);
        if (!found.has(path)) found.set(path, { path, language });
      }
  return [...found.values()];
}

/** Reads the groups of all files, and says which files cannot be used. */
export function loadRules(sources: readonly RuleSource[], options: LoadOptions): LoadedRules {
  const groups: GroupDefinition[] = [];
  const broken = new Map<string, string>();
  for (const file of filesOf(sources)) {
    try {
      groups.push(...groupsOf(file, readFileSync(file.path, 'utf8'), options));
    } catch (error) {
      broken.set(file.path, error instanceof Error ? error.message : String(error));
    }
  }
  return { groups, broken };
}

/** The groups of one file. Throws Error with everything that is wrong with it. */
function groupsOf({ path, language }: FoundFile, source: string, options: LoadOptions): GroupDefinition[] {
  const promql = options.promql ?? {};
  const { groups, problems } = parseRuleFile(source, { language, promql });
  if (problems.length > 0)
    throw new Error(problems.map(({ line, column, message }) => `${line}:${column}: ${message}`).join('\n'));
  return groups.map((group) => groupDefinition(group, path, language, options));
}

/** A group of a file as it is evaluated. */
export function groupDefinition(
  group: RuleGroup,
  file: string,
  language: RuleLanguage,
  options: LoadOptions,
): GroupDefinition {
  return {
    file,
    name: group.name,
    intervalMs: group.intervalMs === 0 ? options.intervalMs : group.intervalMs,
    queryOffsetMs: group.queryOffsetMs ?? options.queryOffsetMs,
    limit: group.limit,
    rules: group.rules.map((rule) => ruleDefinition(rule, group, language, options.promql ?? {})),
  };
}

function ruleDefinition(rule: Rule, group: RuleGroup, language: RuleLanguage, promql: ParseOptions): RuleDefinition {
  const { kind, name, forMs, keepFiringForMs, annotations } = rule;
  const expr = language === 'promql' ? print(parse(rule.expr, promql)) : rule.expr.trim();
  const labels = new Map([...group.labels, ...rule.labels]);
  return { kind, name, language, expr, forMs, keepFiringForMs, labels, annotations };
}

/** Differs when a rule file has changed, come or gone. */
export function rulesFingerprint(sources: readonly RuleSource[]): string {
  const hash = createHash('sha256');
  for (const { path } of filesOf(sources)) {
    try {
      hash.update(`${realpathSync(path)}\0${readFileSync(path, 'utf8')}\0`);
    } catch (error) {
      // What cannot be read is a state too: loading says what is wrong.
      hash.update(error instanceof Error ? error.message : String(error));
    }
  }
  return hash.digest('hex');
}
