import { Agent, request } from 'node:http';
import { readDataset } from './data/dataset.ts';

export interface LoadResult {
  readonly seconds: number;
  readonly records: number;
  readonly requests: number;
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Highest resident memory seen, MiB; null when it cannot be measured. */
  readonly peakMib: number | null;
}

export interface LoadOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  /** Stops after so many seconds, in the middle of the data if need be. */
  readonly maxSeconds?: number;
  readonly sampleMib: () => number | null;
  readonly onProgress?: (records: number, seconds: number) => void;
}

/** Sends a data set over a fixed number of connections as fast as it is acknowledged. A refusal is retried when it says so, else it ends the run. */
export async function load(path: string, options: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const source = readDataset(path);
  const latencies: number[] = [];
  let records = 0;
  let bytes = 0;
  let peak: number | null = options.sampleMib();
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const watch = setInterval(() => {
    const mib = options.sampleMib();
    if (mib !== null) peak = Math.max(peak ?? 0, mib);
    options.onProgress?.(records, elapsed());
  }, 500);
  const worker = async (): Promise<void> => {
    for (;;) {
      if (options.maxSeconds !== undefined && elapsed() >= options.maxSeconds) return;
      const next = source.next();
      if (next.done === true) return;
      const before = performance.now();
      await sendWithRetry(agent, options, next.value.body);
      latencies.push(performance.now() - before);
      records += next.value.records;
      bytes += next.value.body.length;
    }
  };
  try {
    await Promise.all(Array.from({ length: options.connections }, worker));
  } finally {
    clearInterval(watch);
    source.return(undefined);
    agent.destroy();
  }
  const seconds = elapsed();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { seconds, records, requests: latencies.length, bytes, p50Ms: at(0.5), p99Ms: at(0.99), peakMib: peak };
}

async function sendWithRetry(agent: Agent, options: LoadOptions, body: Buffer): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { status, text } = await post(agent, options, body);
    if (status < 300) return;
    if (status !== 429 && status !== 503) throw new Error(`status ${status}: ${text.slice(0, 300)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('refused a hundred times');
}

function post(
  agent: Agent,
  options: LoadOptions,
  body: Buffer,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      options.url,
      { method: 'POST', agent, headers: { ...options.headers, 'content-length': body.length } },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }));
        incoming.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
