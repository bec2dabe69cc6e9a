import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../server/src/base/free_port.ts';
import { eventually } from '../running_server.ts';

/** Minor version of 0.x. */
const UTF8_NAMES_SINCE = 27;

/** A real Alertmanager that is on this machine. */
export interface AlertmanagerBinary {
  readonly binary: string;
  /** `0.25.0`; empty for a program that was built without one. */
  readonly version: string;
  /** Names of labels may be any UTF-8 text: since 0.27. A program without a version counts as new. */
  readonly hasUtf8Names: boolean;
}

/** The real Alertmanager: TRILITH_TEST_ALERTMANAGER, else the one of the PATH (Debian's name too), else undefined. */
export function findAlertmanager(): AlertmanagerBinary | undefined {
  const binary = firstThatRuns(process.env.TRILITH_TEST_ALERTMANAGER, 'alertmanager', 'prometheus-alertmanager');
  if (binary === undefined) return undefined;
  const { stdout, stderr } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  const [, version = '', major = '', minor = ''] = /version ((\d+)\.(\d+)\S*)/.exec(`${stdout}${stderr}`) ?? [];
  const hasUtf8Names = version === '' || Number(major) > 0 || Number(minor) >= UTF8_NAMES_SINCE;
  return { binary, version, hasUtf8Names };
}

function firstThatRuns(...binaries: readonly (string | undefined)[]): string | undefined {
  return binaries.find((binary) => {
    if (binary === undefined) return false;
    const { error, status } = spawnSync(binary, ['--version'], { stdio: 'ignore' });
    return error === undefined && status === 0;
  });
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
