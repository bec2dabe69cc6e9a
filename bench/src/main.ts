import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { difference } from './compare.ts';
import { type LoadResult, load } from './load.ts';
import { DOORS, PEERS, type PeerKind, prefixOf } from './peers.ts';
import { type BenchQuery, queriesOf } from './queries.ts';
import { type GeneratedSet, generateSet, type SetName, UNIT } from './sets.ts';
import { median, ratioOfMedians } from './statistics.ts';
import { runSustained } from './sustained.ts';
import { peer, startTrilith, type Target } from './target.ts';

const HELP = `npm run bench -- [options]

Makes its own deterministic data, loads it, asks the queries of each set and prints medians; with peers, the same bytes
and queries go to them in the same run, answers are held equal, and ratios are printed (peer / ours: above 1 we are faster).

  --sets M1,L1,T1        which sets (metrics, logs, traces); default all
  --scale 0.05           share of the full size (38 M samples, 4 M lines, 1.5 M spans)
  --seed 1               another seed, other data
  --rounds 3             rounds of 2 warm-up and 9 timed runs of every query
  --peer KIND=URL        repeatable; KIND is one of ${Object.keys(PEERS).join(', ')}
  --url URL              measure a running Trilith instead of starting one
  --sustained SECONDS    no queries: load each set for so long, print rates, memory, and how soon all is queryable
  --help
`;

const WARM_UPS = 2;
const TIMED = 9;
const CONNECTIONS = 4;

interface Measured {
  readonly milliseconds: readonly number[];
  readonly answers: readonly string[];
}

async function ask(
  target: Target,
  kind: PeerKind | 'trilith',
  query: BenchQuery,
  cached: boolean,
): Promise<{ readonly ms: number; readonly answers: string[] }> {
  const started = performance.now();
  const answers: string[] = [];
  for (const path of query.paths) {
    const url = `${target.url}${prefixOf(kind, query.product)}${path}`;
    const response = await fetch(url, {
      headers: { accept: 'application/json', ...(cached ? {} : { 'cache-control': 'no-store' }) },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${target.name} ${query.id}: status ${response.status}: ${text.slice(0, 300)}`);
    answers.push(text);
  }
  return { ms: performance.now() - started, answers };
}

async function measure(
  target: Target,
  kind: PeerKind | 'trilith',
  query: BenchQuery,
  cached: boolean,
): Promise<Measured> {
  const milliseconds: number[] = [];
  let answers: string[] = [];
  for (let run = 0; run < WARM_UPS + TIMED; run++) {
    const result = await ask(target, kind, query, cached);
    answers = result.answers;
    if (run >= WARM_UPS) milliseconds.push(result.ms);
  }
  return { milliseconds, answers };
}

function printLoad(target: Target, set: GeneratedSet, result: LoadResult): void {
  const rate = Math.round(result.records / result.seconds).toLocaleString('en');
  const raw = (set.info.rawBytes * (result.records / set.info.records)) / 1e6 / result.seconds;
  const peak = result.peakMib === null ? '' : `, peak memory ${Math.round(result.peakMib)} MiB`;
  console.log(
    `  ${target.name}: ${rate} ${UNIT[set.name]}/s, ${raw.toFixed(1)} MB/s before compression, ${result.seconds.toFixed(2)} s, request p50 ${result.p50Ms.toFixed(1)} ms p99 ${result.p99Ms.toFixed(1)} ms${peak}`,
  );
}

async function runSet(
  set: GeneratedSet,
  ours: Target,
  peers: readonly (readonly [PeerKind, Target])[],
  rounds: number,
): Promise<void> {
  console.log(
    `\n${set.name}: ${set.info.records.toLocaleString('en')} ${UNIT[set.name]} in ${set.info.requests} requests, ${(set.info.rawBytes / 1e6).toFixed(1)} MB before compression`,
  );
  const takers: (readonly [PeerKind | 'trilith', Target])[] = [
    ['trilith', ours],
    ...peers.filter(([kind]) => PEERS[kind].sets.includes(set.name)),
  ];
  for (const [kind, target] of takers) {
    const door = DOORS[kind]?.[set.name];
    if (door === undefined) continue;
    const result = await load(set.path, {
      url: target.url + door.path,
      headers: door.headers,
      connections: CONNECTIONS,
      sampleMib: target.residentMib,
    });
    printLoad(target, set, result);
  }
  await settle(ours);
  const disk = ours.diskBytes();
  if (disk !== null)
    console.log(
      `  trilith: ${(disk / set.info.records).toFixed(2)} bytes on disk per ${UNIT[set.name].replace(/s$/, '')}, indexes included`,
    );
  for (const query of queriesOf(set))
    await runQuery(query, ours, takers.slice(1) as (readonly [PeerKind, Target])[], rounds);
}

async function runQuery(
  query: BenchQuery,
  ours: Target,
  peers: readonly (readonly [PeerKind, Target])[],
  rounds: number,
): Promise<void> {
  const able = peers.filter(([kind]) => PEERS[kind].products.includes(query.product));
  const own: number[] = [];
  const uncached: number[] = [];
  const theirs = new Map<PeerKind, number[]>();
  let answers: readonly string[] = [];
  const notes: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const mine = await measure(ours, 'trilith', query, true);
    own.push(...mine.milliseconds);
    answers = mine.answers;
    uncached.push(...(await measure(ours, 'trilith', query, false)).milliseconds);
    for (const [kind, target] of able) {
      const other = await measure(target, kind, query, true);
      theirs.set(kind, [...(theirs.get(kind) ?? []), ...other.milliseconds]);
      if (round > 0) continue;
      const differs = answers
        .map((answer, i) => difference(query.product, answer, other.answers[i] ?? '{}'))
        .find((found) => found !== null);
      notes.push(`${kind} ${differs === undefined ? 'equal' : `differs: ${differs}`}`);
    }
  }
  const ratios = [...theirs].map(([kind, values]) => {
    const { ratio, low, high } = ratioOfMedians(values, own);
    return `${kind} ${median(values).toFixed(2)} ms, ratio ${ratio.toFixed(2)} [${low.toFixed(2)}-${high.toFixed(2)}]`;
  });
  console.log(
    `  ${query.id.padEnd(5)} ${query.ask.padEnd(44)} ${median(own).toFixed(2).padStart(9)} ms, caches off ${median(uncached).toFixed(2)} ms  ${[...ratios, ...notes].join('; ')}`,
  );
}

/** Waits until the store holds everything and its directory stops changing (merges are done), two minutes at most. */
async function settle(target: Target): Promise<void> {
  let last = -1;
  let same = 0;
  for (let i = 0; i < 240 && same < 6; i++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const bytes = target.diskBytes();
    if (bytes === null) return;
    same = bytes === last ? same + 1 : 0;
    last = bytes;
  }
}

function parsePeers(values: readonly string[]): (readonly [PeerKind, Target])[] {
  return values.map((value) => {
    const equals = value.indexOf('=');
    const kind = value.slice(0, equals);
    if (equals < 0 || !(kind in PEERS))
      throw new Error(`--peer takes KIND=URL with KIND one of ${Object.keys(PEERS).join(', ')}, not ${value}`);
    return [kind as PeerKind, peer(kind, value.slice(equals + 1))] as const;
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sets: { type: 'string', default: 'M1,L1,T1' },
      scale: { type: 'string', default: '0.05' },
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '3' },
      peer: { type: 'string', multiple: true, default: [] },
      url: { type: 'string' },
      sustained: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const names = values.sets.split(',').filter((name): name is SetName => ['M1', 'L1', 'T1'].includes(name));
  const folder = mkdtempSync(join(tmpdir(), 'trilith-bench-data-'));
  const ours = values.url === undefined ? await startTrilith() : peer('trilith', values.url);
  try {
    if (values.sustained !== undefined) {
      await runSustained(names, { folder, seconds: Number(values.sustained), seed: Number(values.seed), target: ours });
      return;
    }
    const peers = parsePeers(values.peer);
    for (const name of names) {
      const set = generateSet(name, {
        folder,
        scale: Number(values.scale),
        seed: Number(values.seed),
        toMs: Math.floor(Date.now() / 15_000) * 15_000,
      });
      await runSet(set, ours, peers, Number(values.rounds));
    }
  } finally {
    await ours.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
});
