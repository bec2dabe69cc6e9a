import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Row, START, sectionOf } from '../logql/generated_rows.ts';
import { type KeptRecords, packSections, searchTogether, WholeSections } from './kept_sections.ts';
import { RecentLogs } from './recent_logs.ts';
import { addSection, closeStretch, type LogStretch, newStretch, type Stretch } from './stretch.ts';
import { GroupedWords } from './word_group.ts';
import { soughtText } from './word_sketch.ts';

const MS = 1_000_000n;
const timeOf = (offsetMs: number): bigint => START + BigInt(offsetMs) * MS;

function rowAt(offsetMs: number, line: string): Row {
  return { offsetMs, stream: offsetMs % 4, line, traceId: '', requestId: '', severity: '', attributes: [] };
}

interface Shown {
  readonly time: bigint;
  readonly line: string;
}

/** Records in memory of a time or later, each as often as it is there. */
function shown(stretches: readonly LogStretch[], fromNs: bigint): Shown[] {
  const found: Shown[] = [];
  for (const { records, sinceNs } of stretches)
    for (const { records: some } of records?.read(undefined, false) ?? [])
      for (let row = 0; row < some.rows; row++) {
        const time = some.times[row] as bigint;
        if (time >= fromNs && time >= sinceNs) found.push({ time, line: some.body(row) });
      }
  return found.sort(byTime);
}

const byTime = (a: Shown, b: Shown): number =>
  a.time < b.time ? -1 : a.time > b.time ? 1 : a.line < b.line ? -1 : a.line > b.line ? 1 : 0;

type Step =
  | { readonly kind: 'append'; readonly rows: number; readonly late: number }
  | { readonly kind: 'fill'; readonly most: number; readonly hasNewer: boolean }
  | { readonly kind: 'loaded' | 'packed' | 'reset' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('append'), rows: fc.integer({ min: 1, max: 9 }), late: fc.nat(60) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('loaded', 'packed') }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('fill'), most: fc.integer({ min: 1, max: 40 }), hasNewer: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset') }) },
);

interface Acknowledged extends Shown {
  readonly offsetMs: number;
  readonly cameMs: number;
}

/** What the store had when it was read: all that was loaded, and maybe some that came later. */
async function stored(
  acknowledged: readonly Acknowledged[],
  { floorNs, loadedMs }: RecentLogs,
  { most, hasNewer }: Extract<Step, { kind: 'fill' }>,
  listensMs: number,
): Promise<{ stretches: Stretch[]; fromNs: bigint }> {
  const there = acknowledged
    .filter(({ time }) => time < (floorNs ?? 0n))
    .filter(({ cameMs }) => cameMs < listensMs || cameMs < loadedMs || (hasNewer && cameMs % 2 === 0))
    .sort(byTime);
  const some = there.slice(-most);
  const fromNs = there.length < most ? 0n : (some[0]?.time ?? 0n) + 1n;
  const stretch = newStretch(0);
  if (some.length === 0) return { stretches: [], fromNs };
  const section = sectionOf(some.map(({ offsetMs, line }) => rowAt(offsetMs, line)));
  addSection(stretch, section, -1);
  closeStretch(stretch);
  stretch.sinceNs = fromNs;
  stretch.records = await packSections([section]);
  return { stretches: [stretch], fromNs };
}

test('whatever comes, is packed, loaded, read from the store, let go of and forgotten: above the floor is all of it, above the other its words', async () => {
  let grouped = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 90, size: 'max' }),
      fc.constantFrom(3_000, 40_000, 100_000, 1e9),
      fc.constantFrom(2, 12),
      async (steps, budget, linesOfAStretch) => {
        const recent = new RecentLogs({ budgetBytes: () => budget, linesOfAStretch, wholeBytes: 2_000 });
        const acknowledged: Acknowledged[] = [];
        let at = 0;
        let listensMs = 0;
        recent.attach(0, undefined);
        for (const one of steps) {
          switch (one.kind) {
            case 'append': {
              const rows = Array.from({ length: one.rows }, (_, i) => {
                at++;
                return rowAt(Math.max(0, at - (i % 2 === 0 ? one.late : 0)), `word${at} of line ${at % 7}`);
              });
              for (const { offsetMs, line } of rows)
                acknowledged.push({ time: timeOf(offsetMs), line, offsetMs, cameMs: at });
              recent.append(sectionOf(rows), at);
              break;
            }
            case 'loaded':
              recent.loadedBefore(at + 1);
              break;
            case 'packed':
              await recent.settled();
              break;
            case 'fill': {
              const { stretches, fromNs } = await stored(acknowledged, recent, one, listensMs);
              recent.fill(stretches, fromNs, recent.loadedMs);
              break;
            }
            case 'reset': {
              recent.reset();
              const newest = acknowledged.toSorted(byTime).at(-1)?.time;
              recent.attach(0, newest);
              listensMs = at + 1;
            }
          }
          const { floorNs = 0n, wordsFloorNs = 0n } = recent;
          assert.ok(wordsFloorNs <= floorNs);
          const all = acknowledged.filter(({ time }) => time >= floorNs).map(({ time, line }) => ({ time, line }));
          assert.deepEqual(shown(recent.newestFirst(floorNs), floorNs), all.sort(byTime));
          const known = recent.newestFirst(wordsFloorNs, () => true);
          for (const { time, line } of acknowledged.filter((record) => record.time >= wordsFloorNs))
            assert.ok(
              known.some(
                ({ oldestNs, newestNs, words }) =>
                  oldestNs <= time && time <= newestNs && words.mayHold(soughtText(line)),
              ),
              line,
            );
        }
        grouped += recent.newestFirst(0n, () => true).filter(({ words }) => words instanceof GroupedWords).length;
        await recent.settled();
        recent.loadedBefore(at + 1);
        assert.ok(
          recent.bytes <= budget && recent.wordsBytes <= budget / 4,
          `${recent.bytes} and ${recent.wordsBytes}`,
        );
      },
    ),
    { seed: 11, numRuns: process.env.TRILITH_TEST_FULL === '1' ? 2_000 : 200 },
  );
  assert.ok(grouped > 200, `words of ${grouped} stretches were in groups`);
});

test('lines that came before the last ones take a fifth of the memory, and each text is found in them', async () => {
  const recent = new RecentLogs({ budgetBytes: () => 1e9, linesOfAStretch: 500, wholeBytes: 0 });
  recent.attach(0, undefined);
  const lineOf = (i: number): string =>
    `INFO [service-${i % 20}] payment settled in ${(i * 7919) % 900}ms route=/v1/route${i % 12} user_id=u${i * 31} amount=${i * 7}`;
  let whole = 0;
  for (let first = 0; first < 4_000; first += 100) {
    const section = sectionOf(Array.from({ length: 100 }, (_, i) => rowAt(first + i, lineOf(first + i))));
    whole += section.block.length;
    recent.append(section, 0);
  }
  await recent.settled();
  const closed = recent.newestFirst(0n).slice(1);
  const bytes = closed.reduce((sum, { records }) => sum + (records?.bytes ?? 0), 0);
  assert.ok(bytes < whole / 5, `${bytes} of ${whole}`);
  for (const i of [0, 99, 100, 1_234, 3_499]) {
    const found = closed.flatMap(({ records, words }) =>
      words.mayHold(soughtText(`user_id=u${i * 31} `))
        ? [...(records?.read(`user_id=u${i * 31} `, false) ?? [])].flatMap(({ records: some }) =>
            Array.from({ length: some.rows }, (_, row) => some.body(row)),
          )
        : [],
    );
    assert.deepEqual(found, [lineOf(i)]);
  }
});

test('who has records from before they were packed reads them afterwards, whether or not a read had begun', async () => {
  const recent = new RecentLogs({ budgetBytes: () => 1e9, linesOfAStretch: 10, wholeBytes: 1e9 });
  recent.attach(0, undefined);
  for (let first = 0; first < 40; first += 10)
    recent.append(sectionOf(Array.from({ length: 10 }, (_, i) => rowAt(first + i, `line ${first + i}`))), 0);
  const kept = recent.newestFirst(0n).slice(1);
  const [begun, waiting, untouched] = kept.map(({ records }) => records);
  assert.ok(begun && waiting && untouched);
  const views = [...begun.read(undefined, false)];
  const [later = []] = await searchTogether([{ records: waiting, withResource: false }], 'line');
  for (const { records } of kept) {
    assert.ok(records instanceof WholeSections);
    records.replaceWith(await packSections(records.sections));
  }
  const linesOf = (read: Iterable<KeptRecords>): string[] =>
    [...read].flatMap(({ records }) => Array.from({ length: records.rows }, (_, row) => records.body(row)));
  const lines = (first: number): string[] => Array.from({ length: 10 }, (_, i) => `line ${first + i}`);
  assert.deepEqual(linesOf(views), lines(20));
  assert.deepEqual(linesOf(begun.read('line', false)), lines(20));
  assert.deepEqual(linesOf(later), lines(10));
  assert.deepEqual(linesOf(untouched.read(undefined, false)), lines(0));
  const [packed = []] = await searchTogether([{ records: untouched, withResource: false }], 'line 3');
  assert.deepEqual(linesOf(packed), ['line 3']);
});

test('what is searched together is found as by itself: in packed records and whole ones, few, many and none', async () => {
  const lineOf = (i: number): string =>
    `${i % 3 === 0 ? 'often ' : ''}${i === 77 || i === 205 ? 'rare ' : ''}line ${i}`;
  const all = await Promise.all(
    [0, 70, 140, 210].map(async (first, i) => {
      const rows = Array.from({ length: 70 }, (_, at) => rowAt(first + at, lineOf(first + at)));
      const whole = new WholeSections();
      for (const section of [sectionOf(rows.slice(0, 50)), sectionOf(rows.slice(50))]) whole.add(section);
      return i === 1 ? whole : packSections(whole.sections);
    }),
  );
  const linesOf = (read: Iterable<KeptRecords>): string[] =>
    [...read].flatMap(({ records }) => Array.from({ length: records.rows }, (_, row) => records.body(row)));
  for (const text of ['often', 'rare', 'line 14', 'nowhere', 'line']) {
    const found = await searchTogether(
      all.map((records) => ({ records, withResource: true })),
      text,
    );
    const together = found.map(linesOf);
    assert.deepEqual(
      together,
      all.map((records) => linesOf(records.read(text, true))),
    );
    const expected = Array.from({ length: 280 }, (_, i) => lineOf(i)).filter((line) => line.includes(text));
    assert.deepEqual(together.flat(), expected);
  }
  assert.deepEqual(await searchTogether([], 'line'), []);
});

test('records that cannot be packed are kept as they came, and that is told once', async () => {
  const errors: unknown[] = [];
  const recent = new RecentLogs({
    budgetBytes: () => 1e9,
    onError: (error) => errors.push(error),
    linesOfAStretch: 1,
    wholeBytes: 0,
  });
  recent.attach(0, undefined);
  const damaged = sectionOf([rowAt(1, 'damaged')]);
  recent.append(damaged, 0);
  damaged.block.fill(0);
  for (const i of [2, 3, 4]) recent.append(sectionOf([rowAt(i, `line ${i}`)]), 0);
  await recent.settled();
  assert.equal(errors.length, 1);
  const whole = recent.newestFirst(timeOf(2));
  assert.deepEqual(
    shown(whole, timeOf(2)).map(({ line }) => line),
    ['line 2', 'line 3', 'line 4'],
  );
});
