import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseDiskstats } from './diskstats.ts';
import { type Family, type FamilySample, renderFamilies, single } from './families.ts';
import { filesystemFamilies, type Mount, parseMounts, type Usage } from './filesystem.ts';
import { loadFamilies, parseLoadavg } from './loadavg.ts';
import { memoryFallback, parseMeminfo } from './meminfo.ts';
import { parseNetdev } from './netdev.ts';
import { parsePressure } from './pressure.ts';
import { cpuFallback, parseStat } from './stat.ts';
import { parseFileNr, parseVmstat } from './vmstat.ts';

export interface NodeExporterOptions {
  /** Where /proc is; default `/proc`. */
  readonly proc?: string;
  readonly now?: () => number;
}

export interface NodeExporter {
  /** The host as Prometheus text, under node_exporter's names. Never rejects: a collector that fails says so itself. */
  collect(): Promise<string>;
}

interface Collector {
  readonly name: string;
  readonly collect: () => Promise<readonly Family[]>;
}

/** A network file system whose server is gone must not hold up the rest. */
const STATFS_MS = 2_000;

async function usageOf(mount: Mount): Promise<Usage | undefined> {
  const patience = new AbortController();
  const late = delay(STATFS_MS, undefined, { signal: patience.signal, ref: false });
  try {
    return await Promise.race([statfs(mount.mountpoint), late]);
  } catch {
    // Shown as node_filesystem_device_error.
    return undefined;
  } finally {
    patience.abort();
    late.catch(() => undefined);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EOPNOTSUPP');
}

/** The host's figures out of /proc, with what Node knows by itself where there is none. */
export function createNodeExporter(options: NodeExporterOptions = {}): NodeExporter {
  const proc = options.proc ?? '/proc';
  const now = options.now ?? Date.now;

  /** A file of /proc parsed; `otherwise` when the file is not there. */
  const file = async (
    path: string,
    parse: (text: string) => Family[],
    otherwise: () => Family[] = () => [],
  ): Promise<Family[]> => {
    try {
      return parse(await readFile(join(proc, path), 'utf8'));
    } catch (error) {
      if (isMissing(error)) return otherwise();
      throw error;
    }
  };
  const bootTime = (): number => Math.round(now() / 1000 - os.uptime());

  const collectors: readonly Collector[] = [
    {
      name: 'cpu',
      collect: () =>
        file('stat', parseStat, () =>
          cpuFallback(
            os.cpus().map(({ times }) => times),
            bootTime(),
          ),
        ),
    },
    {
      name: 'meminfo',
      collect: () => file('meminfo', parseMeminfo, () => memoryFallback(os.totalmem(), os.freemem())),
    },
    { name: 'loadavg', collect: () => file('loadavg', parseLoadavg, () => loadFamilies(os.loadavg())) },
    { name: 'diskstats', collect: () => file('diskstats', parseDiskstats) },
    { name: 'netdev', collect: () => file('net/dev', parseNetdev) },
    { name: 'vmstat', collect: () => file('vmstat', parseVmstat) },
    { name: 'filefd', collect: () => file('sys/fs/file-nr', parseFileNr) },
    {
      name: 'pressure',
      collect: async () => {
        const resources = ['cpu', 'io', 'memory'] as const;
        const parts = await Promise.all(
          resources.map((resource) => file(`pressure/${resource}`, (text) => parsePressure(resource, text))),
        );
        return parts.flat();
      },
    },
    {
      name: 'filesystem',
      collect: async () => {
        let mounts: Mount[] = [];
        await file('self/mounts', (text) => {
          mounts = parseMounts(text);
          return [];
        });
        return filesystemFamilies(
          await Promise.all(mounts.map(async (mount) => [mount, await usageOf(mount)] as const)),
        );
      },
    },
    { name: 'uname', collect: async () => [await unameFamily(proc)] },
    {
      name: 'time',
      collect: async () => [
        single('node_time_seconds', 'System time in seconds since epoch (1970).', 'gauge', now() / 1000),
      ],
    },
  ];

  return {
    async collect() {
      const results = await Promise.all(collectors.map(runCollector));
      const own = (name: string, help: string, value: (result: CollectorResult) => number): Family => ({
        name: `node_scrape_collector_${name}`,
        help,
        type: 'gauge',
        samples: results.map(
          (result): FamilySample => ({ labels: [['collector', result.name]], value: value(result) }),
        ),
      });
      return renderFamilies([
        ...results.flatMap(({ families }) => families),
        own('duration_seconds', 'Duration of a collector scrape.', ({ seconds }) => seconds),
        own('success', 'Whether a collector succeeded.', ({ success }) => (success ? 1 : 0)),
      ]);
    },
  };
}

interface CollectorResult {
  readonly name: string;
  readonly families: readonly Family[];
  readonly seconds: number;
  readonly success: boolean;
}

async function runCollector({ name, collect }: Collector): Promise<CollectorResult> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  try {
    return { name, families: await collect(), seconds: seconds(), success: true };
  } catch {
    // Told by node_scrape_collector_success, as node_exporter does; the other collectors' figures are not lost.
    return { name, families: [], seconds: seconds(), success: false };
  }
}

async function unameFamily(proc: string): Promise<Family> {
  const domain = await readFile(join(proc, 'sys/kernel/domainname'), 'utf8').catch(() => '(none)');
  return {
    name: 'node_uname_info',
    help: 'Labeled system information as provided by the uname system call.',
    type: 'gauge',
    samples: [
      {
        labels: [
          ['domainname', domain.trim()],
          ['machine', os.machine()],
          ['nodename', os.hostname()],
          ['release', os.release()],
          ['sysname', os.type()],
          ['version', os.version()],
        ],
        value: 1,
      },
    ],
  };
}
