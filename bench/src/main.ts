import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Measured, measure, QueryRefused, TIMED, WARM_UPS } from './ask.ts';
import type { BenchQuery } from './bench_query.ts';
import { difference } from './compare.ts';
import { DiskUse } from './disk_use.ts';
import { type LoadResult, load } from './load.ts';
import { inLogsql } from './logsql.ts';
import { DOORS, FLUSH, PEERS, type PeerKind } from './peers.ts';
import { queriesOf } from './queries.ts';
import { untilQueryable } from './queryable.ts';
import { type GeneratedSet, generateSet, SET_NAMES, type SetName, UNIT } from './sets.ts';
import { median, ratioOfMedians } from './statistics.ts';
import { runSustained } from './sustained.ts';
import { peer, startTrilith, type Target } from './target.ts';

const HELP = `npm run bench -- [options]

Makes its own deterministic data, loads it, asks the queries of each set and prints medians; with peers, the same bytes
and queries go to them in the same run, answers are held equal, and ratios are printed (peer / ours: above 1 we are faster).

  --sets M1,L1,T1,T2     which sets (metrics, logs, traces, one trace of 50,000 spans); default all
  --scale 0.05           share of the full size (38 M samples, 4 M lines, 1.5 M spans)
  --seed 1               another seed, other data
  --days 7               T1 has spans on so many days, on all but the last a fiftieth
  --rounds 3             rounds of 2 warm-up and 9 timed runs of every query
  --peer KIND=URL[,ingest=URL][,pid=N][,data=DIR]
                         repeatable; KIND is one of ${Object.keys(PEERS).join(', ')};
                         ingest is where it takes data when that is another address than where it answers; with its
                         process id memory and processor time are measured, with its data directory disk
  --url URL              measure a running Trilith instead of starting one
  --sustained SECONDS    no queries: load each set for so long, print rates, memory, and how soon all is queryable
  --help
`;

const CONNECTIONS = 4;

function printLoad(target: Target, set: GeneratedSet, result: LoadResult, cpuSeconds: number | null): void {
  const rate = Math.round(result.records / result.seconds).toLocaleString('en');
  const raw = (set.info.rawBytes * (result.records / set.info.records)) / 1e6 / result.seconds;
  const peak = result.peakMib === null ? '' : `, peak memory ${Math.round(result.peakMib)} MiB`;
  const perCpu =
    cpuSeconds === null || cpuSeconds === 0
      ? ''
      : `, ${cpuSeconds.toFixed(1)} s of processor time, ${Math.round(result.records / cpuSeconds).toLocaleString('en')} a processor second`;
  console.log(
    `  ${target.name}: ${rate} ${UNIT[set.name]}/s, ${raw.toFixed(1)} MB/s before compression, ${result.seconds.toFixed(2)} s, request p50 ${result.p50Ms.toFixed(1)} ms p99 ${result.p99Ms.toFixed(1)} ms${peak}${perCpu}`,
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
  const disks = takers.map(([kind, target]) => new DiskUse(kind, target));
  for (const [i, [kind, target]] of takers.entries()) {
    const door = DOORS[kind]?.[set.name];
    if (door === undefined) continue;
    const cpuBefore = target.cpuSeconds();
    const result = await load(set.path, {
      url: target.ingestUrl + door.path,
      headers: door.headers,
      connections: CONNECTIONS,
      sampleMib: target.residentMib,
    });
    if (kind !== 'trilith') await flush(kind, target);
    const cpuAfter = (await disks[i]?.loaded()) ?? null;
    printLoad(target, set, result, cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore);
  }
  for (const [kind, target] of takers) if (kind !== 'trilith') await untilQueryable(kind, target, ours, set);
  for (const query of queriesOf(set))
    await runQuery(query, set, ours, takers.slice(1) as (readonly [PeerKind, Target])[], rounds);
  await Promise.all(disks.map((disk) => disk.settled()));
  for (const disk of disks) {
    const told = disk.describe(set.info.records, UNIT[set.name].replace(/s$/, ''));
    if (told !== null) console.log(`  ${told}`);
  }
}

/** A query as a peer is asked it; null when it has nothing like it. */
function askedOf(kind: PeerKind, query: BenchQuery, set: GeneratedSet): BenchQuery | null {
  if (kind !== 'victorialogs') return query;
  const translated = inLogsql(query, set);
  return translated === null ? null : { ...query, ...translated };
}

async function runQuery(
  query: BenchQuery,
  set: GeneratedSet,
  ours: Target,
  peers: readonly (readonly [PeerKind, Target])[],
  rounds: number,
): Promise<void> {
  const able = peers.filter(([kind]) => PEERS[kind].products.includes(query.product));
  const cached: Measured[] = [];
  const uncached: Measured[] = [];
  const theirs = new Map<PeerKind, Measured[]>(able.map(([kind]) => [kind, []]));
  const notes: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const firstRun = round * (WARM_UPS + TIMED);
    uncached.push(await measure(ours, 'trilith', query, { cached: false, firstRun }));
    const mine = await measure(ours, 'trilith', query, { cached: true, firstRun });
    cached.push(mine);
    for (const [kind, target] of able) {
      const asked = askedOf(kind, query, set);
      if (asked === null) continue;
      let other: Measured;
      try {
        other = await measure(target, kind, asked, { cached: true, firstRun });
      } catch (error) {
        // A part the peer does not have, or has switched off, is no reason to stop.
        if (!(error instanceof QueryRefused)) throw error;
        notes.push(`refused: ${error.message}`);
        continue;
      }
      theirs.get(kind)?.push(other);
      if (round > 0 || query.isOwn === true || kind === 'victorialogs') continue;
      const differs = mine.answers
        .map((answer, i) => difference(query.product, answer, other.answers[i] ?? '{}'))
        .find((found) => found !== null);
      notes.push(`${kind} ${differs === undefined ? 'equal' : `differs: ${differs}`}`);
    }
  }
  const own = times(cached);
  const ratios = [...theirs]
    .filter(([, runs]) => runs.length > 0)
    .map(([kind, runs]) => {
      const { ratio, low, high } = ratioOfMedians(times(runs), own);
      return `${kind} ${median(times(runs)).toFixed(2)} ms${cpu(runs)}, ratio ${ratio.toFixed(2)} [${low.toFixed(2)}-${high.toFixed(2)}], caches off ${(median(times(runs)) / median(times(uncached))).toFixed(2)}`;
    });
  console.log(
    `  ${query.id.padEnd(5)} ${query.ask.padEnd(52)} ${median(own).toFixed(2).padStart(9)} ms${cpu(cached)}, caches off ${median(times(uncached)).toFixed(2)} ms${cpu(uncached)}  ${[...ratios, ...notes].join('; ')}`,
  );
}

const times = (runs: readonly Measured[]): number[] => runs.flatMap((run) => run.milliseconds);

/** Processor time of a run, said where it is known. */
function cpu(runs: readonly Measured[]): string {
  const known = runs.flatMap(({ cpuMs }) => (cpuMs === null ? [] : [cpuMs]));
  return known.length === 0 ? '' : ` (cpu ${median(known).toFixed(1)})`;
}

/** Makes what a peer has taken queryable; one that has no such door gets its time. */
async function flush(kind: PeerKind, target: Target): Promise<void> {
  const door = FLUSH[kind];
  if (door === undefined) return;
  const response = await fetch(target.url + door.path, { method: door.method });
  if (!response.ok) console.log(`  ${target.name}: flush answered ${response.status}`);
}

function parsePeers(values: readonly string[]): (readonly [PeerKind, Target])[] {
  return values.map((value) => {
    const [address = '', ...facts] = value.split(',');
    const equals = address.indexOf('=');
    const kind = address.slice(0, equals);
    if (equals < 0 || !(kind in PEERS))
      throw new Error(`--peer takes KIND=URL with KIND one of ${Object.keys(PEERS).join(', ')}, not ${value}`);
    const known = new Map(facts.map((fact) => [fact.slice(0, fact.indexOf('=')), fact.slice(fact.indexOf('=') + 1)]));
    const pid = known.get('pid');
    return [
      kind as PeerKind,
      peer(kind, address.slice(equals + 1), {
        ingestUrl: known.get('ingest'),
        pid: pid === undefined ? undefined : Number(pid),
        data: known.get('data'),
      }),
    ] as const;
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sets: { type: 'string', default: SET_NAMES.join(',') },
      scale: { type: 'string', default: '0.05' },
      seed: { type: 'string', default: '1' },
      days: { type: 'string', default: '7' },
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
  const names = values.sets.split(',').filter((name): name is SetName => SET_NAMES.some((known) => known === name));
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
        days: Number(values.days),
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
