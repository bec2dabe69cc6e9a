import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  type AlertmanagerConfig,
  loadTemplates,
  readAlertmanagerConfig,
  readTemplateFiles,
} from '../alerting/index.ts';
import type { CheckSurroundings } from './check_surroundings.ts';

export const ALERTMANAGER_USAGE =
  'trilith check alertmanager [FILE…]   (alertmanager.yml and its templates; one on standard input)';

/** `trilith check alertmanager`: amtool check-config’s verdicts, exit codes and words (cli/check_config.go). */
export function checkAlertmanager(files: readonly string[], around: CheckSurroundings): number {
  let failed = 0;
  for (const path of files.length === 0 ? ['/dev/stdin'] : files) {
    const config = attempt(
      (outcome) => around.out(`Checking '${path}'  ${outcome}`),
      () =>
        readAlertmanagerConfig(
          files.length === 0 ? Buffer.from(around.stdin()).toString('utf8') : readFileSync(path, 'utf8'),
        ),
    );
    if (config === undefined) failed++;
    else {
      for (const line of foundLines(config)) around.out(line);
      const directory = files.length === 0 ? '.' : dirname(resolve(path));
      const templates =
        config.templates.length === 0 ||
        attempt(
          (outcome) => around.out(`  ${outcome}`),
          () => loadTemplates(readTemplateFiles(config, directory), 'en'),
        );
      if (templates === undefined) failed++;
    }
    around.out('');
  }
  if (failed > 0) around.err(`failed to validate ${failed} file(s)`);
  return failed > 0 ? 1 : 0;
}

/** Undefined when it failed; says how it went either way. */
function attempt<T>(say: (outcome: string) => void, work: () => T): T | undefined {
  try {
    const made = work();
    say('SUCCESS');
    return made;
  } catch (error) {
    say(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function foundLines({ inhibitRules, receivers, templates, ignored }: AlertmanagerConfig): string[] {
  return [
    'Found:',
    ' - global config',
    ' - route',
    ` - ${inhibitRules.length} inhibit rules`,
    ` - ${receivers.size} receivers`,
    ` - ${templates.length} templates`,
    ...ignored.map((section) => ` - ${section}: of Alertmanager's own process, without meaning here`),
  ];
}
