import { isDeepStrictEqual } from 'node:util';
import { commandLine } from '../command_line.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { NOT_RUN } from '../upstream_inputs.ts';
import { type Answer, compareAnswers, type Difference, explained, sameValues } from './compare.ts';
import { makeData, type PeerData } from './data.ts';
import { findPrometheus, startPrometheus } from './prometheus.ts';
import { makeQueries, type PeerQuery } from './queries.ts';

/** Differences that are none of meaning. */
const HARMLESS: ReadonlySet<Difference['kind']> = new Set(['rounding', 'ties']);

const FLAGS = [
  '--web.enable-remote-write-receiver',
  '--enable-feature=promql-experimental-functions,promql-per-step-stats',
];

async function main(): Promise<number> {
  const options = commandLine(
    'npm run conformance:promql:peer',
    `Sends the same samples to Trilith and to a real Prometheus (TRILITH_TEST_PROMETHEUS or the one of the PATH), asks both the
same generated queries and prints how many answers are equal.`,
    {
      peer: { default: '', about: 'URL of one that runs already, with an empty store and the remote write receiver' },
      queries: { default: 400, about: 'how many are asked' },
      seed: { default: 1, about: 'of samples and queries' },
      verbose: { default: false, about: 'show the answers that differ' },
    },
  );
  const found = options.peer === '' ? findPrometheus() : undefined;
  if (options.peer === '' && found === undefined) {
    console.error(
      'nothing compared: no Prometheus; set TRILITH_TEST_PROMETHEUS, put it into PATH, or name one with --peer URL',
    );
    return NOT_RUN;
  }
  if (found !== undefined && Number.parseInt(found.version, 10) < 3) {
    console.error(
      `nothing compared: the Prometheus here is ${found.version}, which refuses native histograms and knows a part of PromQL only; set TRILITH_TEST_PROMETHEUS to one of 3.0 or later`,
    );
    return NOT_RUN;
  }
  const server = await startServer({
    env: { TRILITH_OUT_OF_ORDER_MINUTES: '300', TRILITH_ENABLE_FEATURE: 'promql-experimental-functions' },
  });
  try {
    const peer = found === undefined ? undefined : await startPrometheus({ binary: found.binary, flags: FLAGS });
    try {
      const { seed } = options;
      const data = makeData(seed, Date.now());
      const theirs = peer?.url ?? options.peer;
      await fill([`${server.url}/prometheus`, theirs], data);
      await bothReady(server, theirs, data);
      const queries = makeQueries(seed, options.queries, data.startMs / 1000, data.endMs / 1000);
      return await report(queries, `${server.url}/prometheus`, theirs, options.verbose);
    } finally {
      await peer?.stop();
    }
  } finally {
    await server.stop();
  }
}

async function fill(urls: readonly string[], { requests }: PeerData): Promise<void> {
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  for (const body of requests) {
    for (const url of urls) {
      const response = await fetch(`${url}/api/v1/write`, { method: 'POST', headers, body });
      if (!response.ok) throw new Error(`${url} refused samples: ${response.status} ${await response.text()}`);
    }
  }
}

async function bothReady(server: RunningServer, peer: string, { endMs }: PeerData): Promise<void> {
  const query = { text: 'count({__name__=~".+"})', startS: endMs / 1000, endS: endMs / 1000, stepS: 0 };
  await eventually('both hold the same samples', 20_000, async () => {
    const difference = compareAnswers(await ask(`${server.url}/prometheus`, query), await ask(peer, query), false);
    if (difference !== undefined) throw new Error(difference.detail);
  });
}

async function ask(url: string, { text, startS, endS, stepS }: PeerQuery): Promise<Answer> {
  const times =
    stepS === 0 ? { time: String(endS) } : { start: String(startS), end: String(endS), step: String(stepS) };
  const path = stepS === 0 ? 'query' : 'query_range';
  const body = new URLSearchParams({ query: text, ...times });
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

/** How the two format the query and draw its tree. */
async function compareSyntax(query: string, ours: string, theirs: string): Promise<Difference | undefined> {
  for (const path of ['format_query', 'parse_query']) {
    const [a, b] = await Promise.all(
      [ours, theirs].map(async (url): Promise<unknown> => {
        const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams({ query })}`);
        return response.status === 404 ? undefined : response.json();
      }),
    );
    if (b !== undefined && !isDeepStrictEqual(a, b))
      return { kind: 'syntax', detail: `${path}: ${JSON.stringify(a)} ≠ ${JSON.stringify(b)}` };
  }
  return undefined;
}

/** The exit status: 1 when answers differ. */
async function report(queries: readonly PeerQuery[], ours: string, theirs: string, verbose: boolean): Promise<number> {
  const differences: { readonly query: PeerQuery; readonly difference: Difference }[] = [];
  const counts = new Map<string, number>();
  let empty = 0;
  for (const query of queries) {
    const [a, b] = await Promise.all([ask(ours, query), ask(theirs, query)]);
    const sorted = /^sort(_desc)?\(/.test(query.text) && query.stepS === 0;
    let difference = compareAnswers(a, b, sorted);
    if (difference !== undefined && /\b(topk|bottomk)\b/.test(query.text) && sameValues(a, b))
      difference = { ...difference, kind: 'ties' };
    if (difference !== undefined) difference = explained(query.text, difference);
    difference ??= await compareSyntax(query.text, ours, theirs);
    if (Array.isArray(b.body.data?.result) && b.body.data.result.length === 0) empty++;
    if (difference === undefined) continue;
    counts.set(difference.kind, (counts.get(difference.kind) ?? 0) + 1);
    if (verbose || !HARMLESS.has(difference.kind)) differences.push({ query, difference });
  }
  for (const { query, difference } of differences) {
    const how = query.stepS === 0 ? `at ${query.endS}` : `${query.startS} to ${query.endS} by ${query.stepS}`;
    console.log(`${difference.kind}: ${query.text}\n    ${how}\n    ${difference.detail}`);
  }
  const harmless = [...HARMLESS].reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
  const different = [...counts.values()].reduce((sum, count) => sum + count, 0) - harmless;
  console.log(`${empty} answers are empty`);
  console.log(`${counts.get('rounding') ?? 0} differ by rounding of less than 1e-9 and count as equal`);
  console.log(`${counts.get('ties') ?? 0} differ in which of equal values topk took and count as equal`);
  console.log(`${queries.length - different} equal, ${different} different`);
  return different === 0 ? 0 : 1;
}

process.exitCode = await main();
