import { commandLine } from '../command_line.ts';
import { eventually, startServer } from '../running_server.ts';
import { NOT_RUN } from '../upstream_inputs.ts';
import { CHAPTERS } from './all_cases.ts';
import { ask, isExpected, type Minute, push, type TempoLike } from './ask_tempo.ts';
import { findTempo, startTempo } from './tempo.ts';
import type { Chapter, TraceCase } from './trace_case.ts';

async function main(): Promise<number> {
  commandLine(
    'npm run conformance:traceql:peer',
    `Pushes the fixtures of the cases to Trilith and to a real Tempo (TRILITH_TEST_TEMPO or the one of the PATH), asks both all
cases and lists where they differ from each other or from what the case expects.`,
    {},
  );
  const binary = findTempo();
  if (binary === undefined) {
    console.error('nothing compared: no Tempo; set TRILITH_TEST_TEMPO or put it into PATH');
    return NOT_RUN;
  }
  const server = await startServer({});
  try {
    const peer = await startTempo(binary);
    try {
      return await compare({ otlp: server.url, api: `${server.url}/tempo` }, peer);
    } finally {
      await peer.stop();
    }
  } finally {
    await server.stop();
  }
}

async function compare(ours: TempoLike, theirs: TempoLike): Promise<number> {
  // Spans older than its slack of two minutes Tempo does not count.
  const minute: Minute = { run: Date.now() % 0xffffffff, startMs: (Math.floor(Date.now() / 60_000) - 1) * 60_000 };
  const [[, chapter] = []] = Object.entries(CHAPTERS);
  const first = chapter?.cases[0];
  if (chapter === undefined || first === undefined) throw new Error('there are no cases');
  for (const server of [ours, theirs]) {
    await push(server, minute);
    await eventually(`${server.api} shows what was pushed`, 120_000, async () => {
      const answer = await ask(server, chapter, first, minute);
      if (answer !== first.expect) throw new Error(answer);
    });
  }
  const tally = { equal: 0, named: 0, different: 0 };
  for (const [section, one] of Object.entries(CHAPTERS))
    for (const of of one.cases) {
      const problem = await problemOf(ours, theirs, one, of, minute);
      tally[problem.kind]++;
      if (problem.kind === 'different') console.log(`${section}: ${of.rule}\n    ${of.query}\n    ${problem.text}`);
    }
  console.log(
    `\n${tally.equal} equal, ${tally.named} different for a reason that the case names, ${tally.different} different`,
  );
  return tally.different === 0 ? 0 : 1;
}

type Problem = { readonly kind: 'equal' | 'named' } | { readonly kind: 'different'; readonly text: string };

async function problemOf(
  ours: TempoLike,
  theirs: TempoLike,
  chapter: Chapter,
  of: TraceCase,
  minute: Minute,
): Promise<Problem> {
  const mine = await ask(ours, chapter, of, minute);
  if (!isExpected(mine, of.expect)) return { kind: 'different', text: `Trilith: ${mine}\n    expected: ${of.expect}` };
  const peer = await ask(theirs, chapter, of, minute);
  if (isExpected(peer, of.expect)) return { kind: 'equal' };
  return of.unlikeTempo === undefined
    ? { kind: 'different', text: `Tempo: ${peer}\n    expected: ${of.expect}` }
    : { kind: 'named' };
}

process.exitCode = await main();
