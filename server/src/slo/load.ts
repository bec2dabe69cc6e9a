import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type GroupDefinition, groupDefinition, type LoadOptions } from '../rules/index.ts';
import type { Generator } from './burn_rules.ts';
import { type BurnWindows, parseBurnWindows, windowsFor } from './burn_windows.ts';
import { objectiveRules } from './generate.ts';
import { type Objective, ObjectiveError } from './objective.ts';
import { openSloIndicators, parseObjectiveFile } from './objective_file.ts';
import type { ReadIndicator } from './openslo_file.ts';

/** An objective, where it was read and what is evaluated for it. */
export interface LoadedObjective {
  readonly objective: Objective;
  readonly file: string;
  readonly format: string;
  /** What its alerts look at. */
  readonly windows: BurnWindows;
  readonly groups: readonly GroupDefinition[];
}

export interface LoadedObjectives {
  readonly objectives: readonly LoadedObjective[];
  /** Files that cannot be used, by path, with the reason. */
  readonly broken: ReadonlyMap<string, string>;
}

export interface LoadObjectivesOptions {
  readonly rules: LoadOptions;
  readonly generator: Omit<Generator, 'spec'>;
}

const hasIndicators = (source: string): boolean => /\bkind['"]?: *['"]?SLI\b/.test(source);
const isWindows = (source: string): boolean => /^kind: *['"]?AlertWindows['"]?\s*$/m.test(source);

/** Which of two files with such an SLI is meant nobody says. */
const ambiguous = (name: string) => (): never => {
  throw new ObjectiveError(`the SLI ${JSON.stringify(name)} is in several files, and not in this one`);
};

function filesOf(patterns: readonly string[]): string[] {
  return [...new Set(patterns.flatMap((pattern) => globSync(resolve(pattern)).sort()))];
}

/**
 * Reads the objectives of all files that the globs name, and the windows that files of Sloth's kind AlertWindows among
 * them bring. A file that cannot be used does not keep the others from being used.
 */
export function loadObjectives(patterns: readonly string[], options: LoadObjectivesOptions): LoadedObjectives {
  const broken = new Map<string, string>();
  const sources = new Map<string, string>();
  const attempt = (path: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      broken.set(path, error instanceof Error ? error.message : String(error));
    }
  };
  for (const path of filesOf(patterns)) attempt(path, () => sources.set(path, readFileSync(path, 'utf8')));
  const windows = new Map<number, BurnWindows>();
  for (const [path, source] of sources)
    if (isWindows(source))
      attempt(path, () => {
        const read = parseBurnWindows(source);
        windows.set(read.periodMs, read);
      });
  const indicators = new Map<string, ReadIndicator>();
  for (const [path, source] of sources)
    if (hasIndicators(source))
      attempt(path, () => {
        for (const [name, read] of openSloIndicators(source, path))
          indicators.set(name, indicators.has(name) ? ambiguous(name) : read);
      });
  const objectives = new Map<string, LoadedObjective>();
  for (const [path, source] of sources)
    if (!isWindows(source))
      attempt(path, () => {
        // All of a file or nothing of it.
        const found = readFile(path, source, windows, indicators, options);
        for (const { objective } of found) {
          const other = objectives.get(objective.id);
          if (other !== undefined) throw new ObjectiveError(`${objective.id} is already in ${other.file}`);
        }
        for (const one of found) objectives.set(one.objective.id, one);
      });
  return { objectives: [...objectives.values()], broken };
}

function readFile(
  file: string,
  source: string,
  windows: ReadonlyMap<number, BurnWindows>,
  indicators: ReadonlyMap<string, ReadIndicator>,
  { rules, generator }: LoadObjectivesOptions,
): LoadedObjective[] {
  const found = parseObjectiveFile(source, { indicators }).flatMap(({ format, objectives }) =>
    objectives.map((objective): LoadedObjective => {
      const own = windowsFor(objective.periodMs, windows);
      const groups = objectiveRules(objective, { windows: own, generator: { ...generator, spec: format } });
      return {
        objective,
        file,
        format,
        windows: own,
        groups: groups.map((group) => groupDefinition(group, file, 'promql', rules)),
      };
    }),
  );
  const ids = new Set<string>();
  for (const { objective } of found) {
    if (ids.has(objective.id)) throw new ObjectiveError(`SLO ID ${JSON.stringify(objective.id)} is repeated`);
    ids.add(objective.id);
  }
  return found;
}

/** Differs when a file of objectives has changed, come or gone. */
export function objectivesFingerprint(patterns: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of filesOf(patterns)) {
    try {
      hash.update(`${path}\0${readFileSync(path, 'utf8')}\0`);
    } catch (error) {
      // What cannot be read is a state too: loading says what is wrong.
      hash.update(error instanceof Error ? error.message : String(error));
    }
  }
  return hash.digest('hex');
}
