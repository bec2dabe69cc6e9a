import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EscalationState, newEscalation } from './escalation.ts';
import { escalationOutlook, policyReach } from './policy_reach.ts';
import { readOnCall } from './read_on_call.ts';

const NOW = Date.parse('2026-01-05T10:00:00Z');
const MINUTE = 60_000;

const CONFIG = readOnCall(`
people:
  anna: {name: Anna, receivers: [anna-chat, anna-phone]}
  boris: {receivers: [boris-chat]}
  mute: {}
schedules:
  first: {layers: [{people: [anna, boris], every: day, start: 2026-01-05}]}
  nobody: {layers: [{people: [boris], start: 2030-01-01}]}
policies:
  main:
    steps:
      - {notify: ["schedule:nobody"], wait: 5m}
      - {notify: ["schedule:first"], wait: 15h}
      - {notify: ["schedule:first", "receiver:managers"], wait: 10m}
  void:
    steps: [{notify: ["schedule:nobody", "person:mute"]}]`);

const at = (nowMs: number) => ({ config: CONFIG, overrides: [], nowMs });

test('a policy reaches whom any of its steps reaches now, and says why nobody is reached', () => {
  assert.deepEqual(policyReach('main', at(NOW)), {
    receivers: ['anna-chat', 'anna-phone', 'managers'],
    unreached: ['nobody is on call in schedule nobody'],
  });
  assert.deepEqual(policyReach('void', at(NOW)), {
    receivers: [],
    unreached: ['nobody is on call in schedule nobody', 'mute has no receivers'],
  });
  assert.deepEqual(policyReach('gone', at(NOW)).unreached, ['no escalation policy is named gone']);
});

test('before its first step an escalation names whom it will ask, and who is on call at the next', () => {
  assert.deepEqual(escalationOutlook('main', undefined, at(NOW)), {
    ...{ asked: ['Anna'], next: ['boris', 'managers'], nextAtMs: NOW + 900 * MINUTE },
  });
  assert.deepEqual(escalationOutlook('void', undefined, at(NOW)), { asked: [], next: [], nextAtMs: null });
  assert.deepEqual(escalationOutlook('gone', undefined, at(NOW)), { asked: [], next: [], nextAtMs: null });
});

test('of one that runs those asked and the next are named, of one that is over nobody further', () => {
  const asked = { step: 2, told: ['anna-chat', 'anna-phone'], nextAtMs: NOW + MINUTE };
  const running: EscalationState = { ...newEscalation('g', 'main', NOW), ...asked };
  assert.deepEqual(escalationOutlook('main', running, at(NOW)), {
    ...{ asked: ['Anna'], next: ['Anna', 'managers'], nextAtMs: NOW + MINUTE },
  });
  for (const state of ['acknowledged', 'exhausted'] as const)
    assert.deepEqual(
      escalationOutlook('main', { ...running, told: ['managers'], nextAtMs: null, state }, at(NOW)),
      { asked: ['managers'], next: [], nextAtMs: null },
      state,
    );
});
