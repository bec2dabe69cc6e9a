/**
 * A thread that writes samples of known series at a steady rate, apart from those who read, so that the loop that reads
 * answers does not delay what is sent. Tells its parent what became of the writes.
 */
import { Agent } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { manySeries } from './data/many_series.ts';
import { call, note, sleep, type Tally, tally } from './tally.ts';

export interface SteadyWrites {
  readonly url: string;
  readonly seconds: number;
  readonly series: number;
  readonly intervalMs: number;
}

export interface SteadyReport {
  readonly writes: Tally;
  /** The longest time by which a write began after it was due, ms. */
  readonly latestMs: number;
}

async function write({ url, seconds, series, intervalMs }: SteadyWrites): Promise<SteadyReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const writes = tally();
  let latestMs = 0;
  const until = performance.now() + seconds * 1000;
  for (let due = performance.now(); due < until; due += intervalMs) {
    const bodies = [...manySeries({ first: 0, count: series, timeMs: Date.now(), samplesPerRequest: 5_000 })];
    await sleep(due - performance.now());
    latestMs = Math.max(latestMs, performance.now() - due);
    await Promise.all(
      bodies.map(async ({ body }) => {
        const started = performance.now();
        note(writes, started, await call(agent, `${url}/api/v1/write`, body));
      }),
    );
  }
  agent.destroy();
  return { writes, latestMs };
}

parentPort?.postMessage(await write(workerData as SteadyWrites));
