#!/usr/bin/env node
// Runs the command line with the Node that npm installed beside us, whichever Node started this file.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const installed = [join(here, '../../node_modules/.bin/node'), join(here, '../node_modules/.bin/node')].find((path) =>
  existsSync(path),
);
const { status } = spawnSync(installed ?? process.execPath, [join(here, '../src/main.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
