import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { CHAPTERS } from './all_cases.ts';
import { ask, isExpected, type Minute, push, type TempoLike } from './ask_tempo.ts';

/** Minutes ago that the fixtures lie in; what is asked of them is read from memory and, once loaded, from the store. */
const minute: Minute = { run: 1, startMs: (Math.floor(Date.now() / 60_000) - 5) * 60_000 };

let server: RunningServer;
let tempo: TempoLike;

before(async () => {
  server = await startServer({ env: { TRILITH_RECENT_SPANS_MIB: '0' } });
  tempo = { otlp: server.url, api: `${server.url}/tempo` };
  await push(tempo, minute);
  const [chapter] = Object.values(CHAPTERS);
  const first = chapter?.cases[0];
  assert.ok(chapter !== undefined && first !== undefined);
  await eventually('spans are in the store', 30_000, async () =>
    assert.equal(await ask(tempo, chapter, first, minute), first.expect),
  );
});

after(() => server.stop());

for (const [section, chapter] of Object.entries(CHAPTERS)) {
  test(`${section}: ${chapter.cases.length} cases`, async (t) => {
    for (const of of chapter.cases) {
      await t.test(`${of.rule}: ${of.query}`, async () => {
        const answer = await ask(tempo, chapter, of, minute);
        if (!isExpected(answer, of.expect)) assert.equal(answer, of.expect);
      });
    }
  });
}

test('there are at least 200 cases', () => {
  assert.ok(Object.values(CHAPTERS).flatMap(({ cases }) => cases).length >= 200);
});
