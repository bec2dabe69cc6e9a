import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * `npm run check`: everything that must hold before a change lands, one line a step. Later steps run although an earlier
 * one failed, so that one run tells all.
 */
const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

const steps: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['types', bin('tsc'), ['-p', 'tsconfig.json']],
  ['lint and format', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['unused files, exports and dependencies', bin('knip'), []],
  ['web build', process.execPath, ['web/build.ts', '--if-stale']],
  ['tests', process.execPath, ['scripts/test.ts']],
];

const failed: string[] = [];
for (const [name, command, args] of steps) {
  const started = performance.now();
  process.stdout.write(`▶ ${name}\n`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  process.stdout.write(
    `${status === 0 ? '✔' : '✖'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`,
  );
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  process.stderr.write(`check failed: ${failed.join(', ')}\n`);
  process.exit(1);
}
