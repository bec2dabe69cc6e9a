import { Agent, request } from 'node:http';
import type { BenchQuery } from './bench_query.ts';
import { type PeerKind, prefixOf } from './peers.ts';
import type { Target } from './target.ts';

/** What asking one query again and again came to. */
export interface Measured {
  readonly milliseconds: readonly number[];
  /** Processor time of one run, ms; null when the server's processes are not known. */
  readonly cpuMs: number | null;
  readonly answers: readonly string[];
}

export const WARM_UPS = 2;
export const TIMED = 9;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Asks a query with warm-up runs first. @param firstRun number of the first run, for queries whose window moves */
export async function measure(
  target: Target,
  kind: PeerKind | 'trilith',
  query: BenchQuery,
  { cached, firstRun }: { readonly cached: boolean; readonly firstRun: number },
): Promise<Measured> {
  const milliseconds: number[] = [];
  let answers: string[] = [];
  let cpuBefore: number | null = null;
  for (let run = 0; run < WARM_UPS + TIMED; run++) {
    if (run === WARM_UPS) cpuBefore = target.cpuSeconds();
    const paths = typeof query.paths === 'function' ? query.paths(firstRun + run) : query.paths;
    const started = performance.now();
    answers = [];
    for (const path of paths)
      answers.push(
        await get(`${target.url}${prefixOf(kind, query.product)}${path}`, cached, `${target.name} ${query.id}`),
      );
    if (run >= WARM_UPS) milliseconds.push(performance.now() - started);
  }
  const cpuAfter = target.cpuSeconds();
  const cpuMs = cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) * 1000) / TIMED;
  return { milliseconds, cpuMs, answers };
}

/** A query was answered with another status than 200. */
export class QueryRefused extends Error {
  override readonly name = 'QueryRefused';
}

function get(url: string, cached: boolean, what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json', ...(cached ? {} : { 'cache-control': 'no-store' }) };
    const outgoing = request(url, { agent, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (incoming.statusCode === 200) resolve(text);
        else reject(new QueryRefused(`${what}: status ${incoming.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
