import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { claimDataDirectory, DataDirectoryInUse } from './data_lock.ts';

const root = mkdtempSync(join(tmpdir(), 'trilith-lock-'));
after(() => rmSync(root, { recursive: true }));
const lockOf = (directory: string): string => join(directory, 'trilith.pid');

test('a directory is made, claimed by number and given back', () => {
  const directory = join(root, 'new');
  const release = claimDataDirectory(directory);
  assert.equal(readFileSync(lockOf(directory), 'utf8'), String(process.pid));
  release();
  assert.equal(existsSync(lockOf(directory)), false);
});

test('a lock of a process that is gone, of another program, or without a number is taken over', async () => {
  const directory = join(root, 'stale');
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'exit');
  for (const holder of [String(gone.pid), '1', 'not a number', '']) {
    claimDataDirectory(directory)();
    writeFileSync(lockOf(directory), holder);
    claimDataDirectory(directory);
    assert.equal(readFileSync(lockOf(directory), 'utf8'), String(process.pid));
  }
});

test('a directory that a running Trilith holds is refused', async () => {
  const directory = join(root, 'held');
  claimDataDirectory(directory)();
  const other = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log(1)', 'main.ts'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  writeFileSync(lockOf(directory), String(other.pid));
  assert.throws(() => claimDataDirectory(directory), DataDirectoryInUse);
  other.stdin.end();
  await once(other, 'exit');
  claimDataDirectory(directory)();
});
