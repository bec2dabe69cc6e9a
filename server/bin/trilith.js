#!/usr/bin/env node
// Runs the command line with the Node that npm installed beside us, whichever Node started this file.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const installed = [join(here, '../../node_modules/.bin/node'), join(here, '../node_modules/.bin/node')].find((path) =>
  existsSync(path),
);
const child = spawn(installed ?? process.execPath, [join(here, '../src/main.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// Who stops us means the program: it gets the signal, and we stay until it has ended.
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
// Ctrl-C reaches both from the terminal; from elsewhere it reaches us alone.
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) child.kill('SIGINT');
});
child.on('error', (error) => {
  console.error(`trilith could not be started: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
