import { commandLine } from '../command_line.ts';
import { eventually, startServer } from '../running_server.ts';
import { NOT_RUN } from '../upstream_inputs.ts';
import { CASES } from './all_cases.ts';
import { SECOND, sameAnswer } from './answer.ts';
import { askServer, push, type ServerAnswer } from './ask_loki.ts';
import type { LogCase } from './log_case.ts';
import { findLoki, startLoki } from './loki.ts';

/** What Trilith shows with every line that has it, whatever the query says; as Loki does where it is so configured. */
const SHOWN = ['detected_level', 'trace_id', 'span_id', 'request_id', 'user_id'];

async function main(): Promise<number> {
  const { peer: address } = commandLine(
    'npm run conformance:logql:peer',
    `Pushes the data of the cases to Trilith and to a real Loki, asks both all cases and lists where they differ from each
other or from what the case expects. The Loki is TRILITH_TEST_LOKI or the one of the PATH.`,
    { peer: { default: '', about: 'URL of a Loki that runs already' } },
  );
  const binary = address === '' ? findLoki() : undefined;
  if (address === '' && binary === undefined) {
    console.error('nothing compared: no Loki; set TRILITH_TEST_LOKI, put it into PATH, or name one with --peer URL');
    return NOT_RUN;
  }
  const server = await startServer({});
  try {
    const peer = binary === undefined ? undefined : await startLoki(binary);
    try {
      return await compare(server.url, peer?.url ?? address);
    } finally {
      await peer?.stop();
    }
  } finally {
    await server.stop();
  }
}

async function compare(ours: string, theirs: string): Promise<number> {
  // A minute of the recent past: both take it, and all of it is over.
  const startNs = (BigInt(Date.now()) / 60_000n - 5n) * 60n * SECOND;
  for (const url of [ours, theirs]) await push(url, startNs);
  const first = Object.values(CASES)[0]?.[0];
  if (first === undefined) throw new Error('there are no cases');
  for (const url of [ours, theirs]) {
    await eventually(`${url} shows what was pushed`, 30_000, async () => {
      const { texts } = await askServer(url, first, startNs);
      if (texts.length !== first.expect.length) throw new Error(texts.join('\n'));
    });
  }
  let equal = 0;
  let named = 0;
  let different = 0;
  for (const [chapter, cases] of Object.entries(CASES)) {
    for (const of of cases) {
      const problem = await problemOf(of, ours, theirs, startNs);
      if (problem === undefined) equal++;
      else if (of.unlikeLoki !== undefined && problem === 'Loki') named++;
      else {
        different++;
        console.log(`${chapter}: ${of.rule}\n    ${of.query}\n    ${problem}`);
      }
    }
  }
  console.log(`\n${equal} equal, ${named} different for a reason that the case names, ${different} different`);
  return different === 0 ? 0 : 1;
}

async function problemOf(of: LogCase, ours: string, theirs: string, startNs: bigint): Promise<string | undefined> {
  const peer = await askServer(theirs, of, startNs);
  const leftOut = new Set(SHOWN.filter((name) => !peer.names.has(name) && !of.expect.join().includes(`${name}=`)));
  const mine = await askServer(ours, of, startNs, leftOut);
  if (!sameAnswer(mine.texts, of.expect)) return `Trilith: ${show(mine)}\n    expected: ${show({ texts: of.expect })}`;
  const placed = peer.texts.map((text) => text.replace(/^! parse error at line 0,/, '! parse error at line 1,'));
  if (sameAnswer(placed, of.expect)) return undefined;
  return of.unlikeLoki === undefined ? `Loki: ${show(peer)}\n    expected: ${show({ texts: of.expect })}` : 'Loki';
}

function show({ texts }: Pick<ServerAnswer, 'texts'>): string {
  return texts.length === 0 ? 'nothing' : texts.join('\n              ');
}

process.exitCode = await main();
