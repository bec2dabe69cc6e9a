import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClosableWriter, connectWriter } from './client.ts';
import { startPair } from './embedded/pair.ts';
import { openStore, type Store } from './store.ts';

/** The two places a store lives in, each opened fresh: every test of the battery runs in both. */
export interface Place {
  readonly name: 'embedded' | 'cluster of two';
  open(): Promise<OpenPlace>;
}

export interface OpenPlace {
  readonly store: Store;
  /** One client for each server, to look behind Distributed tables. */
  readonly servers: readonly ClosableWriter[];
  /** What the table is called where its parts are. */
  readonly partsOf: (table: string) => string;
  close(): Promise<void>;
}

export const TENANT = 'trilith';

const embedded: Place = {
  name: 'embedded',
  async open() {
    const directory = await mkdtemp(join(tmpdir(), 'trilith-store-'));
    const store = await openStore({ kind: 'embedded', dataDir: directory });
    await store.ensureDatabase(TENANT);
    const server = connectWriter(store.writerConnection);
    return {
      store,
      servers: [server],
      partsOf: (table) => table,
      async close() {
        server.close();
        await store.close();
        await rm(directory, { recursive: true });
      },
    };
  },
};

const cluster: Place = {
  name: 'cluster of two',
  async open() {
    const directory = await mkdtemp(join(tmpdir(), 'trilith-pair-'));
    const pair = await startPair(directory, () => {});
    const store = await openStore(pair.config);
    await store.ensureDatabase(TENANT);
    const servers = pair.config.urls.map((url) =>
      connectWriter({ url, ...pair.config.writer, secret: pair.engines[0].credentials.secret }),
    );
    return {
      store,
      servers,
      partsOf: (table) => `${table}_local`,
      async close() {
        for (const server of servers) server.close();
        await store.close();
        await pair.stop();
        await rm(directory, { recursive: true });
      },
    };
  },
};

export const PLACES: readonly Place[] = [embedded, cluster];
