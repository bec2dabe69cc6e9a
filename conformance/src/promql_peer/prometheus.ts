import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../server/src/base/free_port.ts';
import { eventually } from '../running_server.ts';

/** A Prometheus process of its own. */
export interface RunningPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  readonly binary: string;
  /** Text of prometheus.yml. */
  readonly config?: string;
  readonly flags?: readonly string[];
  /** A data directory that is there already; it is not removed. */
  readonly data?: string;
}

/** The Prometheus to compare with: TRILITH_TEST_PROMETHEUS, else `prometheus` of the PATH, else undefined. */
export function findPrometheus(): { readonly binary: string; readonly version: string } | undefined {
  const binary = process.env.TRILITH_TEST_PROMETHEUS ?? 'prometheus';
  const { stdout, stderr, error } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  return { binary, version: /version ([^\s,)]*)/.exec(`${stdout}${stderr}`)?.[1] ?? '' };
}

export async function startPrometheus({
  binary,
  config = '',
  flags = [],
  data,
}: PrometheusOptions): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'trilith-peer-'));
  const port = await freePort();
  await writeFile(join(folder, 'prometheus.yml'), config);
  const child = spawn(
    binary,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data ?? join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exit;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually('Prometheus is ready', 30_000, async () => {
      if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
      const response = await fetch(`${url}/-/ready`);
      if (!response.ok) throw new Error(await response.text());
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
