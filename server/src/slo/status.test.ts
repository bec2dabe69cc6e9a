import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sloDetail } from '@trilith/contract';
import * as v from 'valibot';
import type { SloFact } from '../model/slo_fact.ts';
import { SLOT_MS } from './budget.ts';
import { windowsFor } from './burn_windows.ts';
import type { LoadedObjective } from './load.ts';
import { parseObjectiveFile } from './objective_file.ts';
import { sloDetailOf, sloPreviewOf } from './status.ts';

const START = 1_790_000_000_000 - (1_790_000_000_000 % SLOT_MS);
const SLOTS = 24;

/** Two hours of ten events a slot; of the last hour's slots one or two of them are bad, so that no figure comes out even. */
function known() {
  const [document] = parseObjectiveFile(
    "version: trilith/v1\nobjectives: [{name: web, service: shop, target: 70, period: 2h, bad: 'bad[$window]', total: 'all[$window]'}]",
  );
  const [objective] = document?.objectives ?? [];
  assert.ok(objective !== undefined);
  const loaded: LoadedObjective = {
    objective,
    file: 'slo.yaml',
    format: 'trilith/v1',
    windows: windowsFor(objective.periodMs),
    groups: [],
  };
  const facts = Array.from({ length: SLOTS }, (_, slot): SloFact => {
    const bad = slot < SLOTS / 2 ? 0 : 1 + (slot % 3 === 0 ? 1 : 0);
    return { objective: objective.id, dimension: '', slotMs: START + (slot + 1) * SLOT_MS, bad, total: 10 };
  });
  const untilMs = START + SLOTS * SLOT_MS;
  return { loaded, counted: { facts, untilMs, progress: 1, problem: '' }, exclusions: [], nowMs: untilMs };
}

test('what is said of an objective has the shape of the contract, moments in whole milliseconds included', () => {
  const detail = sloDetailOf(known());
  assert.ok(detail.exhaustedAtMs !== null && Number.isInteger(detail.exhaustedAtMs));
  assert.deepEqual(v.parse(sloDetail, JSON.parse(JSON.stringify(detail))), detail);
});

test('a condition burns only when its long window had min_events', () => {
  const { loaded, ...rest } = known();
  const plan = { name: 'a', labels: new Map<string, string>(), annotations: new Map<string, string>() };
  const burning = (minimumEvents: number): readonly boolean[] => {
    const objective = { ...loaded.objective, targetPercent: 99.99, page: plan, minimumEvents };
    return sloDetailOf({ ...rest, loaded: { ...loaded, objective } }).alerts.map(({ isBurning }) => isBurning);
  };
  // Windows of so short a period are shorter than a slot, and a slot has ten events.
  assert.deepEqual(burning(10), [true, true]);
  assert.deepEqual(burning(11), [false, false]);
});

test('what a drill breaks does not move the budget once its slot is counted, since the drill is excluded', () => {
  const before = known();
  const atMs = before.nowMs + SLOT_MS;
  const broken = { objective: before.loaded.objective.id, dimension: '', slotMs: atMs, bad: 10, total: 10 };
  const after = {
    ...before,
    nowMs: atMs,
    counted: { ...before.counted, facts: [...before.counted.facts, broken], untilMs: atMs },
  };
  const drill = { fromMs: before.nowMs + 60_000, toMs: before.nowMs + 90_000 };
  const without = sloPreviewOf(after, []);
  const excluded = sloPreviewOf(after, [drill]);
  const was = sloPreviewOf(before, []);
  assert.equal(excluded.bad, was.bad);
  assert.ok(without.bad === was.bad + 10 && (without.remaining ?? 0) < (was.remaining ?? 0));
});

test('a preview says what an exclusion would do, and changes nothing', () => {
  const state = known();
  const before = sloDetailOf(state);
  const half = { fromMs: START + (SLOTS / 2) * SLOT_MS, toMs: START + SLOTS * SLOT_MS };
  const preview = sloPreviewOf(state, [half]);
  assert.deepEqual([preview.remaining, preview.bad, preview.total, preview.coverage], [1, 0, (SLOTS / 2) * 10, 1]);
  assert.deepEqual(sloDetailOf(state), before);
  assert.equal(sloPreviewOf(state, []).remaining, before.remaining);
});
