import { join } from 'node:path';
import { freePort } from '../../base/free_port.ts';
import type { ClusterStoreConfig } from '../store.ts';
import { createCredentials, READER, WRITER } from './config.ts';
import { type Engine, startEngine } from './supervisor.ts';

/** Two engines that know each other as the cluster `pair`, one shard each: a real cluster on one machine, for tests. */
export interface Pair {
  readonly engines: readonly [Engine, Engine];
  readonly config: ClusterStoreConfig;
  stop(): Promise<void>;
}

const CLUSTER = 'pair';

/** Starts the pair below a directory. Throws EngineStartError. */
export async function startPair(directory: string, onLog: (line: string) => void): Promise<Pair> {
  const credentials = createCredentials();
  const ports = [await freePort(), await freePort()] as const;
  const clusters = { [CLUSTER]: ports.map((tcpPort) => ({ host: '127.0.0.1', tcpPort })) };
  const start = (index: 0 | 1): Promise<Engine> =>
    startEngine({
      dataDir: join(directory, `server-${index}`),
      onLog,
      cluster: { tcpPort: ports[index], clusters, credentials },
    });
  const first = await start(0);
  let second: Engine;
  try {
    second = await start(1);
  } catch (error) {
    await first.stop();
    throw error;
  }
  return {
    engines: [first, second],
    config: {
      kind: 'cluster',
      urls: [first.url, second.url],
      cluster: CLUSTER,
      secret: credentials.secret,
      writer: { user: WRITER, password: credentials.writerPassword },
      reader: { user: READER, password: credentials.readerPassword },
    },
    async stop() {
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}
