import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createDataset } from './data/dataset.ts';
import { generateLogs } from './data/logs.ts';
import { generateMetrics } from './data/metrics.ts';
import { generateTraces } from './data/traces.ts';
import { load } from './load.ts';
import { DOORS } from './peers.ts';
import { type SetName, UNIT } from './sets.ts';
import type { Target } from './target.ts';

export interface SustainedOptions {
  readonly folder: string;
  readonly seconds: number;
  readonly seed: number;
  readonly target: Target;
}

/** Sets that are as long as one wishes. */
type StreamName = Exclude<SetName, 'T2'>;

/** Records per second the data is made for: about a third above the aim, so that it lasts. */
const MADE_FOR: Readonly<Record<StreamName, number>> = { M1: 900_000, L1: 260_000, T1: 110_000 };
/** What the foundation aims at. */
const AIM: Readonly<Record<StreamName, number>> = { M1: 500_000, L1: 150_000, T1: 60_000 };
const MINUTE_MS = 60_000;
const QUERYABLE_DEADLINE_MS = 60_000;

/**
 * Loads each set for the given time with the generator's requests read from disk, then counts until the store answers with
 * everything that was acknowledged.
 */
export async function runSustained(sets: readonly SetName[], options: SustainedOptions): Promise<void> {
  const names = sets.filter((name) => name !== 'T2');
  for (const name of names) {
    const path = join(options.folder, `${name}.bin`);
    const toMs = Date.now();
    generate(name, path, options, toMs);
    const before = await count(name, options.target.url, toMs);
    const door = DOORS.trilith[name] as { path: string; headers: Readonly<Record<string, string>> };
    const result = await load(path, {
      url: options.target.url + door.path,
      headers: door.headers,
      connections: 4,
      maxSeconds: options.seconds,
      sampleMib: options.target.residentMib,
    });
    const ended = performance.now();
    let stored = await count(name, options.target.url, toMs);
    while (stored - before < result.records && performance.now() - ended < QUERYABLE_DEADLINE_MS) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      stored = await count(name, options.target.url, toMs);
    }
    const rate = Math.round(result.records / result.seconds);
    console.log(
      `${name}: ${rate.toLocaleString('en')} ${UNIT[name]}/s over ${result.seconds.toFixed(1)} s (aim ${AIM[name].toLocaleString('en')}, ratio ${(rate / AIM[name]).toFixed(2)}), ` +
        `${(result.bytes / 1e6 / result.seconds).toFixed(1)} MB/s on the wire, request p50 ${result.p50Ms.toFixed(1)} ms p99 ${result.p99Ms.toFixed(1)} ms, ` +
        `peak memory ${Math.round(result.peakMib ?? 0)} MiB; ${(stored - before).toLocaleString('en')} of ${result.records.toLocaleString('en')} queryable ${Math.round(performance.now() - ended)} ms after the last answer`,
    );
    rmSync(path, { force: true });
  }
}

function generate(name: StreamName, path: string, { seconds, seed }: SustainedOptions, toMs: number): void {
  const out = createDataset(path);
  const records = MADE_FOR[name] * seconds;
  if (name === 'M1') {
    // 20,000 series; the interval follows from how many samples are wanted in the last 90 minutes.
    const intervalMs = Math.max(1_000, Math.floor((90 * MINUTE_MS) / (records / 20_000)));
    generateMetrics(
      { seed, hosts: 20, apps: 10, intervalMs, fromMs: toMs - 90 * MINUTE_MS, toMs, samplesPerRequest: 2_000 },
      out,
    );
  } else if (name === 'L1') {
    generateLogs(
      {
        seed,
        services: 20,
        podsPerService: 16,
        lines: records,
        fromMs: toMs - 60 * MINUTE_MS,
        toMs,
        linesPerRequest: 2_000,
      },
      out,
    );
  } else {
    generateTraces(
      {
        seed,
        traces: Math.ceil(records / 10),
        services: 15,
        fromMs: toMs - 60 * MINUTE_MS,
        toMs,
        spansPerRequest: 512,
      },
      out,
    );
  }
}

/** Everything of a set's kind in its time range, as the store has it. */
async function count(name: StreamName, url: string, toMs: number): Promise<number> {
  const response = await fetch(`${url}/api/counts?from=${toMs - 180 * MINUTE_MS}&to=${toMs + 10 * MINUTE_MS}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`count of ${name}: status ${response.status}: ${text.slice(0, 300)}`);
  const counts = JSON.parse(text) as { samples: number; logs: number; spans: number };
  return { M1: counts.samples, L1: counts.logs, T1: counts.spans }[name];
}
