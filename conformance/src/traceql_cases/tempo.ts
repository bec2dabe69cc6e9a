import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../server/src/base/free_port.ts';
import { eventually } from '../running_server.ts';
import type { TempoLike } from './ask_tempo.ts';

/** A Tempo process of its own. */
export interface RunningTempo extends TempoLike {
  stop(): Promise<void>;
}

/** The Tempo to compare with: TRILITH_TEST_TEMPO, else `tempo` of the PATH, else undefined. */
export function findTempo(): string | undefined {
  const binary = process.env.TRILITH_TEST_TEMPO ?? 'tempo';
  return spawnSync(binary, ['--version']).error === undefined ? binary : undefined;
}

/** One process with everything in a folder. */
function configuration(folder: string, ports: { http: number; grpc: number; otlp: number }): string {
  return JSON.stringify({
    stream_over_http_enabled: false,
    server: {
      http_listen_address: '127.0.0.1',
      http_listen_port: ports.http,
      grpc_listen_port: ports.grpc,
      log_level: 'error',
    },
    distributor: { receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${ports.otlp}` } } } } },
    storage: {
      trace: { backend: 'local', wal: { path: join(folder, 'wal') }, local: { path: join(folder, 'blocks') } },
    },
    // Its own places for these are the same for every Tempo of a machine.
    live_store: { wal: { path: join(folder, 'live') }, shutdown_marker_dir: join(folder, 'marker') },
    backend_scheduler: { local_work_path: join(folder, 'work') },
    overrides: { defaults: { metrics_generator: { processors: [] } } },
    usage_report: { reporting_enabled: false },
  });
}

export async function startTempo(binary: string): Promise<RunningTempo> {
  const folder = await mkdtemp(join(tmpdir(), 'trilith-tempo-'));
  const ports = { http: await freePort(), grpc: await freePort(), otlp: await freePort() };
  const file = join(folder, 'tempo.yml');
  await writeFile(file, configuration(folder, ports));
  const child = spawn(binary, [`-config.file=${file}`, '-target=all'], { stdio: 'ignore', cwd: folder });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exit;
    }
    await rm(folder, { recursive: true, force: true });
  };
  const api = `http://127.0.0.1:${ports.http}`;
  try {
    await eventually('Tempo is ready', 120_000, async () => {
      if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
      const response = await fetch(`${api}/ready`);
      if (!response.ok) throw new Error(await response.text());
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { api, otlp: `http://127.0.0.1:${ports.otlp}`, stop };
}
