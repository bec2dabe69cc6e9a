import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '../running_server.ts';

/** A Tempo of its own with an empty data directory. */
export interface TempoProcess {
  /** Of its API for reading. */
  readonly url: string;
  /** Of OTLP over HTTP. */
  readonly otlpUrl: string;
  stop(): Promise<void>;
}

const READY_MS = 90_000;

/** Starts the binary, everything in one process. Rejects when it is not ready in time. */
export async function startTempo(binary: string): Promise<TempoProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'tempo-peer-'));
  const [http, grpc, otlp, gossip] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const file = join(directory, 'tempo.yml');
  const config = {
    server: { http_listen_address: '127.0.0.1', http_listen_port: http, grpc_listen_port: grpc, log_level: 'error' },
    memberlist: { bind_addr: ['127.0.0.1'], bind_port: gossip },
    distributor: { receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${otlp}` } } } } },
    storage: {
      trace: {
        backend: 'local',
        wal: { path: join(directory, 'wal') },
        local: { path: join(directory, 'blocks') },
      },
    },
    live_store: { wal: { path: join(directory, 'live') }, shutdown_marker_dir: join(directory, 'marker') },
    backend_scheduler: { local_work_path: join(directory, 'work') },
    usage_report: { reporting_enabled: false },
  };
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const child = spawn(binary, [`-config.file=${file}`, '-target=all'], { stdio: 'ignore', cwd: directory });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
    await rm(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${http}`;
  try {
    await eventually('Tempo is ready', READY_MS, async () => {
      if (child.exitCode !== null) throw new Error(`Tempo ended with code ${child.exitCode}`);
      const response = await fetch(`${url}/ready`);
      if (!response.ok) throw new Error(await response.text());
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, otlpUrl: `http://127.0.0.1:${otlp}`, stop };
}
