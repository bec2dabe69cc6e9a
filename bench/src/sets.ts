import { join } from 'node:path';
import { createDataset, type DatasetInfo } from './data/dataset.ts';
import { generateLogs } from './data/logs.ts';
import { generateMetrics } from './data/metrics.ts';
import { generateTraces } from './data/traces.ts';

export type SetName = 'M1' | 'L1' | 'T1' | 'T2';
export const SET_NAMES: readonly SetName[] = ['M1', 'L1', 'T1', 'T2'];

/** A generated set: where its requests lie, and the facts its queries need. */
export interface GeneratedSet {
  readonly name: SetName;
  readonly path: string;
  readonly info: DatasetInfo;
  readonly fromMs: number;
  readonly toMs: number;
  readonly traceIds: readonly string[];
}

export interface SetOptions {
  readonly folder: string;
  /** 1 is the size of the research: 38 M samples, 4 M lines, 1.5 M spans. */
  readonly scale: number;
  readonly seed: number;
  /** End of the data, ms since the epoch. */
  readonly toMs: number;
  /** Days that T1 is spread over; one when not given. */
  readonly days?: number;
}

const HOUR_MS = 3_600_000;
/** Of the one trace of T2, whatever the scale. */
const MONSTER_SPANS = 50_000;

export const UNIT: Readonly<Record<SetName, string>> = { M1: 'samples', L1: 'lines', T1: 'spans', T2: 'spans' };

export function generateSet(name: SetName, { folder, scale, seed, toMs, days = 1 }: SetOptions): GeneratedSet {
  const path = join(folder, `${name}-${seed}-${scale}.bin`);
  const out = createDataset(path);
  if (name === 'M1') {
    const fromMs = toMs - 8 * HOUR_MS;
    const hosts = Math.max(1, Math.round(20 * scale));
    const apps = Math.max(1, Math.round(10 * scale));
    const info = generateMetrics(
      { seed, hosts, apps, intervalMs: 15_000, fromMs, toMs, samplesPerRequest: 2_000 },
      out,
    );
    return { name, path, info, fromMs, toMs, traceIds: [] };
  }
  const fromMs = toMs - 2 * HOUR_MS;
  if (name === 'L1') {
    const lines = Math.round(4_000_000 * scale);
    const info = generateLogs(
      { seed, services: 20, podsPerService: 16, lines, fromMs, toMs, linesPerRequest: 2_000 },
      out,
    );
    return { name, path, info, fromMs, toMs, traceIds: [] };
  }
  const shared = { seed, services: 15, spansPerRequest: 512 };
  const { info, someTraceIds } = generateTraces(
    name === 'T1'
      ? { ...shared, traces: Math.round(150_000 * scale), fromMs, toMs, earlierDays: days - 1 }
      : { ...shared, traces: 1, fromMs: toMs - 60_000, toMs, spansPerTrace: MONSTER_SPANS },
    out,
  );
  return { name, path, info, fromMs, toMs, traceIds: someTraceIds };
}
