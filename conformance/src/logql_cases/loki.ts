import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../server/src/base/free_port.ts';
import { eventually } from '../running_server.ts';

/** A Loki process of its own. */
export interface RunningLoki {
  readonly url: string;
  stop(): Promise<void>;
}

/** The Loki to compare with: TRILITH_TEST_LOKI, else `loki` of the PATH, else undefined. */
export function findLoki(): string | undefined {
  const binary = process.env.TRILITH_TEST_LOKI ?? 'loki';
  return spawnSync(binary, ['--version']).error === undefined ? binary : undefined;
}

/** One process with everything in a folder; nothing is added to what is pushed. */
function configuration(folder: string, port: number, grpcPort: number): string {
  return JSON.stringify({
    auth_enabled: false,
    server: {
      http_listen_address: '127.0.0.1',
      http_listen_port: port,
      grpc_listen_port: grpcPort,
      log_level: 'error',
    },
    common: {
      instance_addr: '127.0.0.1',
      path_prefix: folder,
      storage: { filesystem: { chunks_directory: join(folder, 'chunks'), rules_directory: join(folder, 'rules') } },
      replication_factor: 1,
      ring: { kvstore: { store: 'inmemory' } },
    },
    schema_config: {
      configs: [
        {
          from: '2020-10-24',
          store: 'tsdb',
          object_store: 'filesystem',
          schema: 'v13',
          index: { prefix: 'index_', period: '24h' },
        },
      ],
    },
    limits_config: {
      allow_structured_metadata: true,
      reject_old_samples: false,
      discover_service_name: [],
      discover_log_levels: false,
    },
    analytics: { reporting_enabled: false },
  });
}

export async function startLoki(binary: string): Promise<RunningLoki> {
  const folder = await mkdtemp(join(tmpdir(), 'trilith-loki-'));
  const port = await freePort();
  const file = join(folder, 'loki.yml');
  await writeFile(file, configuration(folder, port, await freePort()));
  const child = spawn(binary, [`-config.file=${file}`], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exit;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually('Loki takes a push', 60_000, async () => {
      if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
      const body = JSON.stringify({ streams: [] });
      const response = await fetch(`${url}/loki/api/v1/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      if (response.status >= 500) throw new Error(await response.text());
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
