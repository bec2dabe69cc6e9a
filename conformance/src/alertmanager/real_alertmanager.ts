import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '../running_server.ts';

/** The real Alertmanager, when it is on this machine. */
export function findAlertmanager(): string | undefined {
  for (const binary of [process.env.TRILITH_TEST_ALERTMANAGER, 'alertmanager', 'prometheus-alertmanager']) {
    if (binary === undefined) continue;
    try {
      execFileSync(binary, ['--version'], { stdio: 'ignore' });
      return binary;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

export interface RunningAlertmanager {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startAlertmanager(
  binary: string,
  config: string,
  flags: readonly string[] = [],
): Promise<RunningAlertmanager> {
  const directory = await mkdtemp(join(tmpdir(), 'trilith-alertmanager-'));
  const file = join(directory, 'alertmanager.yml');
  await writeFile(file, config);
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    binary,
    [
      `--config.file=${file}`,
      `--storage.path=${directory}`,
      `--web.listen-address=${url.slice('http://'.length)}`,
      '--cluster.listen-address=',
      '--log.level=error',
      ...flags,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exit;
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await eventually('Alertmanager is ready', 20_000, async () => {
      const response = await fetch(`${url}/-/ready`);
      if (!response.ok) throw new Error(await response.text());
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
