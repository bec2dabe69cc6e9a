import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Stretches } from './remembered_stretches.ts';
import { SpanAnswers } from './span_answers.ts';

const MINUTE_NS = 60_000_000_000n;
const START_MS = 1_790_000_000_000;
const ORIGIN = (BigInt(START_MS) * 1_000_000n) / MINUTE_NS;

interface Came {
  readonly minute: number;
  readonly cameMs: number;
}

/** Answers over a store that has spans some time after they came, and how many stretches it was asked for. */
function world() {
  let nowMs = START_MS;
  const answers = new SpanAnswers(() => nowMs);
  const stored: Came[] = [];
  let waiting: Came[] = [];
  let asked = 0;
  const read = (stretches: Stretches, first: number, count: number): (readonly [number, string])[] => {
    asked += count;
    const origin = Number(stretches.originNs / MINUTE_NS);
    const width = Number(stretches.widthNs / MINUTE_NS);
    return Array.from({ length: count }, (_, i) => i + first).flatMap((at) => {
      const from = origin + at * width;
      // A span lies a second after its minute began: stretches are closed at their end.
      const spans = stored.filter(({ minute }) => minute >= from && minute < from + width).length;
      return spans === 0 ? [] : [[at, String(spans)] as const];
    });
  };
  return {
    answers,
    pass: (ms: number) => {
      nowMs += ms;
    },
    arrive(minute: number) {
      answers.note(BigInt64Array.of(BigInt(minute) * MINUTE_NS + 1_000_000_000n), nowMs);
      waiting.push({ minute, cameMs: nowMs });
    },
    /** The store has what came so long ago. */
    load(agoMs: number) {
      const beforeMs = nowMs - agoMs;
      stored.push(...waiting.filter(({ cameMs }) => cameMs < beforeMs));
      waiting = waiting.filter(({ cameMs }) => cameMs >= beforeMs);
      answers.loadedBefore(beforeMs);
    },
    async ask(stretches: Stretches) {
      const before = asked;
      const rows = await answers.names.rows('q', stretches, async (first, count) => read(stretches, first, count));
      const took = asked - before;
      return { rows: [...rows].sort(([a], [b]) => a - b), truth: read(stretches, 0, stretches.count), took };
    },
  };
}

const minutes = (first: number, count: number, width = 1): Stretches => {
  const widthNs = BigInt(width) * MINUTE_NS;
  const originNs = ((ORIGIN + BigInt(first)) * MINUTE_NS) / widthNs;
  return { originNs: originNs * widthNs, widthNs, count };
};

test('what is remembered is what the store would answer, whenever spans come, late ones too, and are loaded', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('arrive' as const), at: fc.integer({ min: 0, max: 30 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('load' as const),
        ago: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('pass' as const),
        ms: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 40_000 })),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('ask' as const),
        first: fc.integer({ min: 0, max: 20 }),
        count: fc.integer({ min: 1, max: 12 }),
        width: fc.constantFrom(1, 1, 1, 3),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const { answers, pass, arrive, load, ask } = world();
      answers.attach(START_MS);
      pass(1);
      for (const one of steps) {
        if (one.kind === 'arrive') arrive(Number(ORIGIN) + one.at);
        else if (one.kind === 'load') load(one.ago);
        else if (one.kind === 'pass') pass(one.ms);
        else if (one.kind === 'reset') {
          pass(1);
          load(0);
          answers.reset();
          answers.attach(START_MS + 1);
        } else {
          const { rows, truth } = await ask(minutes(one.first, one.count, one.width));
          assert.deepEqual(rows, truth);
        }
      }
    }),
    { numRuns: 200, seed: 5 },
  );
});

test('a graph that is refreshed asks for the stretches that spans came for, and for new ones', async () => {
  const { answers, pass, arrive, load, ask } = world();
  answers.attach(START_MS);
  pass(10_000);
  load(0);
  assert.equal((await ask(minutes(0, 120))).took, 120);
  assert.equal((await ask(minutes(0, 120))).took, 0);
  pass(10_000);
  arrive(Number(ORIGIN) + 119);
  // The new one, that of the span, and the one before it: stretches are closed at their end.
  assert.equal((await ask(minutes(1, 120))).took, 3);
  pass(1);
  load(0);
  assert.equal((await ask(minutes(1, 120))).took, 2, 'a span that came meanwhile is asked for once it is loaded');
  assert.equal((await ask(minutes(1, 120))).took, 0);
});

test('what was remembered is part of an answer although it becomes too old while the rest is waited for', async () => {
  const { answers, pass, arrive, load, ask } = world();
  answers.attach(START_MS);
  pass(1);
  for (const minute of [0, 1, 2, 3, 4]) arrive(Number(ORIGIN) + minute);
  pass(1);
  load(0);
  await ask(minutes(0, 5));
  pass(59_000);
  arrive(Number(ORIGIN));
  pass(1);
  load(0);
  const rows = await answers.names.rows('q', minutes(0, 5), async () => {
    pass(2_000);
    await ask(minutes(0, 1));
    return [[0, '2']];
  });
  assert.deepEqual(
    rows,
    [0, 1, 2, 3, 4].map((at) => [at, at === 0 ? '2' : '1']),
  );
});

test('nothing is remembered for longer than a minute, nor before it is known that all spans are handed over', async () => {
  const { answers, pass, load, ask } = world();
  pass(10);
  load(0);
  await ask(minutes(0, 5));
  assert.equal((await ask(minutes(0, 5))).took, 5);
  answers.attach(START_MS);
  await ask(minutes(0, 5));
  assert.equal((await ask(minutes(0, 5))).took, 0);
  pass(60_001);
  assert.equal((await ask(minutes(0, 5))).took, 5);
});

test('memory is bounded: the question that was not asked for longest is let go of', async () => {
  const { answers, pass, load } = world();
  answers.attach(START_MS);
  pass(10);
  load(0);
  const one = async (question: string): Promise<boolean> => {
    let wasAsked = false;
    await answers.names.rows(question, minutes(0, 1), async () => {
      wasAsked = true;
      return [[0, question.repeat(700_000)]];
    });
    return wasAsked;
  };
  for (const question of ['a', 'b', 'a', 'c']) await one(question);
  assert.ok(answers.bytes <= 2 * 1024 * 1024);
  assert.deepEqual([await one('a'), await one('c'), await one('b')], [false, false, true]);
});
