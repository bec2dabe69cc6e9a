import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetState, burnNow, isWanted } from './budgetState.ts';

const day = 86_400_000;
const well = { remaining: 0.6, exhaustedAtMs: null, reliable: true, problem: '' };

test('a budget is at risk when little is left or it lasts less than three days, and gone at nothing', () => {
  assert.equal(budgetState(well, 0), 'well');
  assert.equal(budgetState({ ...well, remaining: 0.19 }, 0), 'risk');
  assert.equal(budgetState({ ...well, exhaustedAtMs: 2 * day }, 0), 'risk');
  assert.equal(budgetState({ ...well, exhaustedAtMs: 4 * day }, 0), 'well');
  assert.equal(budgetState({ ...well, remaining: 0 }, 0), 'gone');
  assert.equal(budgetState({ ...well, remaining: -3 }, 0), 'gone');
});

test('of what is not counted, or too little, nothing is said', () => {
  assert.equal(budgetState({ ...well, remaining: null }, 0), 'unknown');
  assert.equal(budgetState({ ...well, remaining: -1, reliable: false }, 0), 'unknown');
  assert.equal(budgetState({ ...well, problem: 'no such metric' }, 0), 'unknown');
});

test('burn now is that of the first window of an hour or more', () => {
  const burn = [
    { windowSeconds: 300, rate: 9 },
    { windowSeconds: 3600, rate: 2 },
    { windowSeconds: 21_600, rate: 1 },
  ];
  assert.equal(burnNow({ burn }), 2);
  assert.equal(burnNow({ burn: [] }), null);
});

test('objectives are found by service, team and words', () => {
  const one = { name: 'pay-api', service: 'pay', description: 'Answers in time', labels: { team: 'money' } };
  const all = { text: '', service: '', team: '' };
  assert.ok(isWanted(one, all));
  assert.ok(isWanted(one, { ...all, text: ' IN TIME ' }));
  assert.ok(!isWanted(one, { ...all, text: 'lag' }));
  assert.ok(!isWanted(one, { ...all, team: 'fraud' }));
  assert.ok(!isWanted(one, { ...all, service: 'ledger' }));
});
