import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CrashMode, MemoryFiles } from '../base/memory_files.ts';
import { FakeStore, type Fate } from './fake_store.ts';
import { openIngest } from './ingest.ts';
import { hashOf, ingestOptions, SMALL_LIMITS, section } from './ingest_setup.ts';

/**
 * A model of power loss: runs of the program over a disk in memory, each ended at any of its disk operations, with any
 * part of what was not synced surviving. Whatever was acknowledged must be in the store once, whatever was not at most
 * once, and every request is repeated until it is acknowledged, as real clients do.
 */
interface Run {
  /** Sizes of the requests sent at the same time, one group after the other. */
  readonly groups: readonly (readonly number[])[];
  readonly dieAfter: number;
  readonly mode: CrashMode;
  readonly fates: readonly Fate[];
  readonly storeDown: boolean;
  readonly flushes: boolean;
}

const run: fc.Arbitrary<Run> = fc.record({
  groups: fc.array(fc.array(fc.integer({ min: 4, max: 900 }), { minLength: 1, maxLength: 5 }), { maxLength: 8 }),
  dieAfter: fc.integer({ min: 1, max: 120 }),
  mode: fc.constantFrom<CrashMode>('kill', 'drop', 'prefix', 'sectors'),
  fates: fc.array(fc.constantFrom<Fate>('ok', 'ok', 'commit-then-fail', 'fail'), { maxLength: 6 }),
  storeDown: fc.boolean(),
  flushes: fc.boolean(),
});

const LIMITS = { ...SMALL_LIMITS, pendingBytes: 1500, batchBytes: 700, retainedSegments: 1 };

interface World {
  files: MemoryFiles;
  readonly store: FakeStore;
  readonly acknowledged: Set<number>;
  /** Sent and not acknowledged: item and size. */
  unanswered: [item: number, bytes: number][];
  nextItem: number;
}

async function live(world: World, plan: Run, random: () => number): Promise<void> {
  const { files, store } = world;
  files.dieAfter(plan.dieAfter);
  store.down = plan.storeDown;
  store.fates = [...plan.fates];
  const session = async (): Promise<void> => {
    const view = store.view(() => files.isDead);
    const ingest = await openIngest(ingestOptions({ files, store: view }, { limits: LIMITS, diskLookMs: 1e9 }));
    const send = async (item: number, bytes: number): Promise<void> => {
      await ingest.append('t', [section('samples', item, 1, bytes)], { bodyHash: hashOf(item) });
      // A dead process tells nobody anything, and does nothing more.
      if (files.isDead) await new Promise<never>(() => {});
      world.acknowledged.add(item);
    };
    const retries = world.unanswered;
    await Promise.all(retries.map(([item, bytes]) => send(item, bytes)));
    world.unanswered = [];
    for (const group of plan.groups) {
      const sent = group.map((bytes): [number, number] => [world.nextItem++, bytes]);
      world.unanswered = sent;
      await Promise.all(sent.map(([item, bytes]) => send(item, bytes)));
      world.unanswered = [];
      if (plan.flushes && !plan.storeDown) await ingest.flush();
    }
    // Idle work (checkpoints, removals) runs into the crash as well.
    for (let i = 0; i < 50 && !files.isDead; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  await Promise.race([session(), files.dead]);
  world.unanswered = world.unanswered.filter(([item]) => !world.acknowledged.has(item));
  world.files = files.afterCrash(plan.mode, random);
}

async function check(world: World): Promise<void> {
  const { store } = world;
  store.down = false;
  store.fates = [];
  const ingest = await openIngest(ingestOptions({ files: world.files, store }, { limits: LIMITS, diskLookMs: 1e9 }));
  for (const [item, bytes] of world.unanswered) {
    await ingest.append('t', [section('samples', item, 1, bytes)], { bodyHash: hashOf(item) });
    world.acknowledged.add(item);
  }
  await ingest.flush();
  const status = ingest.status();
  await ingest.close();
  const expected = [...world.acknowledged].sort((a, b) => a - b);
  assert.deepEqual(store.items('samples'), expected, JSON.stringify(status));
  assert.deepEqual([status.loader.refused, status.loader.partial], [0, 0]);
}

const RUNS = process.env.TRILITH_TEST_FULL === '1' ? 2_000 : 150;

test(`no acknowledged request is lost or stored twice over ${RUNS} sequences of runs and power losses`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 5 }), fc.integer(), async (runs, seed) => {
      let state = seed >>> 0;
      const random = (): number => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state / 4_294_967_296;
      };
      const world: World = {
        files: new MemoryFiles(),
        store: new FakeStore(),
        acknowledged: new Set(),
        unanswered: [],
        nextItem: 1,
      };
      for (const plan of runs) await live(world, plan, random);
      await check(world);
    }),
    { numRuns: RUNS, timeout: 60_000 },
  );
});
