import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { sourceFiles } from './source_graph.ts';

/**
 * Runs the tests with Node's own runner: unit and integration tests by default, with `--browser` the ones that drive
 * Chromium (`*.browser.test.ts`). Further arguments select files by a part of their path.
 */
const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const browser = args.includes('--browser');
const wanted = args.filter((argument) => !argument.startsWith('--'));
const folders = ['contract', 'lang', 'server', 'web', 'demo', 'conformance', 'bench', 'scripts'];
const files = folders
  .flatMap((folder) => sourceFiles(root, folder))
  .filter((file) => file.endsWith('.test.ts') && file.endsWith('.browser.test.ts') === browser)
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));
if (files.length === 0) {
  process.stderr.write('no test file matches\n');
  process.exit(1);
}
const reporter = process.env.CI === undefined ? 'dot' : 'spec';
const { status } = spawnSync(
  process.execPath,
  ['--test', `--test-reporter=${reporter}`, '--test-timeout=300000', `--test-concurrency=${browser ? 1 : 2}`, ...files],
  {
    cwd: root,
    stdio: 'inherit',
    // What one test file has compiled the next one reads.
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/tests'), ...process.env },
  },
);
process.exit(status ?? 1);
