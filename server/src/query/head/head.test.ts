import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Head } from './head.ts';
import { SampleBuffer } from './sample_buffer.ts';

const START = 1_790_000_000_000;
const STALE = Number.MIN_SAFE_INTEGER;

interface Row {
  readonly series: number;
  readonly time: number;
  /** STALE stands for the stale marker. */
  readonly value: number;
}

function columns(rows: readonly Row[]) {
  const ids = new Uint32Array(rows.length * 2);
  const values = new Float64Array(rows.length);
  const words = new Uint32Array(values.buffer);
  rows.forEach(({ series, value }, i) => {
    ids[i * 2] = series * 7919;
    ids[i * 2 + 1] = series;
    if (value === STALE) words.set([2, 0x7ff0_0000], i * 2);
    else values[i] = value;
  });
  return { rows: rows.length, ids, times: Float64Array.from(rows, ({ time }) => time), values };
}

const idsOf = (series: readonly number[]) => ({
  high: Uint32Array.from(series),
  low: Uint32Array.from(series, (one) => one * 7919),
});

/** A store and a head beside it, with everything ever acknowledged as the reference. */
class World {
  readonly head: Head;
  readonly all: Row[] = [];
  loaded = 0;
  clock = START;
  /** Rows a query could see before the store had them. */
  readonly shown = new Set<number>();

  constructor(budgetBytes: number, before: readonly Row[]) {
    this.head = new Head(budgetBytes);
    this.all.push(...before);
  }

  ingest(rows: readonly Row[]): void {
    this.all.push(...rows);
    this.head.append(columns(rows), ++this.clock);
  }

  load(): void {
    this.loaded = this.all.length;
    this.head.loadedBefore(++this.clock);
  }

  attach(): void {
    this.load();
    const times = this.all.map(({ time }) => time);
    this.head.attach(times.length === 0 ? null : { fromMs: Math.min(...times), toMs: Math.max(...times) });
  }

  fill(finish: boolean): void {
    const task = this.head.nextFill();
    if (task === undefined) return;
    const rows = this.all.slice(0, this.loaded).filter(({ time }) => time >= task.fromMs && time <= task.toMs);
    for (const series of new Set(rows.map((row) => row.series))) {
      const mine = columns(rows.filter((row) => row.series === series).sort((a, b) => a.time - b.time));
      const buffer = new SampleBuffer(4);
      buffer.reserve(mine.rows);
      const words = new Uint32Array(mine.values.buffer);
      for (let i = 0; i < mine.rows; i++) buffer.put(mine.times[i] as number, mine.values, words, i);
      task.add(series, series * 7919, buffer);
    }
    if (finish) task.finish();
    else task.abandon(false);
  }

  /** Samples and stale markers as a query sees them: memory from the floor on, the store below. */
  seen(series: number, fromMs: number, toMs: number): string[] {
    const floor = this.head.floorMs;
    const stored = settled(this.all.slice(0, this.loaded), series, fromMs, Math.min(toMs, floor - 1));
    const buffer = new SampleBuffer(1);
    const view = this.head.view(idsOf([series]), Math.max(fromMs, floor), toMs);
    view.read(0, buffer);
    const stale = buffer.takeStale(0) ?? [];
    const rows = [...stale].map((time) => `${time} stale`);
    for (let i = 0; i < buffer.count; i++) rows.push(`${buffer.times[i]} ${buffer.values[i]}`);
    return [...stored, ...rows.sort()];
  }

  /** What has to be seen: everything but what came too late for memory and is not loaded yet. */
  expected(series: number, fromMs: number, toMs: number): string[] {
    const rows = this.all.filter(({ time }, i) => i < this.loaded || time >= this.head.floorMs);
    return settled(rows, series, fromMs, toMs);
  }

  /** What was seen once does not vanish until the store has it. */
  checkShown(): void {
    for (let i = this.loaded; i < this.all.length; i++) {
      if ((this.all[i] as Row).time >= this.head.floorMs) this.shown.add(i);
      else assert.ok(!this.shown.has(i), 'a sample vanished');
    }
  }
}

function settled(rows: readonly Row[], series: number, fromMs: number, toMs: number): string[] {
  const byTime = new Map<number, number>();
  for (const row of rows)
    if (row.series === series && row.time >= fromMs && row.time <= toMs) byTime.set(row.time, row.value);
  return [...byTime].map(([time, value]) => (value === STALE ? `${time} stale` : `${time} ${value}`)).sort();
}

const value = fc.oneof(
  fc.integer({ min: 0, max: 50 }),
  fc.integer(),
  fc.constantFrom(STALE, Number.NaN, -0, 0.1, 12.34, 1e300, Number.POSITIVE_INFINITY, 2 ** 53, 0.30000000000000004),
  fc.double(),
);
/** Times drift forward; some come late, some from a clock that is ahead. */
const batch = fc.array(
  fc.record({ series: fc.integer({ min: 1, max: 6 }), lag: fc.integer({ min: -2, max: 40 }), value }),
  { maxLength: 30 },
);
const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ingest' as const), batch, minutes: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'load' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'attach' as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('fill' as const), finish: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('rest' as const), series: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reset' as const }) },
);

test('head and store together show exactly what was acknowledged, whatever happens in which order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      batch,
      fc.array(operation, { maxLength: 60 }),
      (budget, before, operations) => {
        let now = START;
        const rowsOf = (from: typeof before): Row[] =>
          from.map(({ series, lag, value }) => ({ series, time: now - lag * 15_000 - series, value }));
        const world = new World(budget * 200_000, rowsOf(before));
        let attached = false;
        for (const step of operations) {
          if (step.kind === 'ingest') {
            now += step.minutes * 60_000;
            world.ingest(rowsOf(step.batch));
          } else if (step.kind === 'load') world.load();
          else if (step.kind === 'attach' && !attached) {
            world.attach();
            attached = true;
          } else if (step.kind === 'fill') world.fill(step.finish);
          else if (step.kind === 'rest') {
            let looks = step.series;
            world.head.rest(() => looks-- <= 0);
          } else if (step.kind === 'reset') {
            world.load();
            world.head.reset();
            attached = false;
          }
          if (world.head.forcedEvictions > 0) return;
          world.checkShown();
          for (const series of [1, 3, 6]) {
            const [from, to] = [now - 3_600_000, now + 60_000];
            if (!attached) {
              // Before the attachment everything comes from the store.
              assert.equal(world.head.floorMs, Number.POSITIVE_INFINITY);
              continue;
            }
            assert.deepEqual(world.seen(series, from, to), world.expected(series, from, to));
            assert.deepEqual(world.seen(series, now - 120_000, now), world.expected(series, now - 120_000, now));
          }
        }
      },
    ),
    { numRuns: 400 },
  );
});
