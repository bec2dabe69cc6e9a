import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Binding, nextChord, strokeOf, strokeText } from './chords.ts';

const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const binding = (id: string, ...strokes: string[]): Binding => ({ id, strokes, run: () => undefined });
const bindings = [
  binding('home', 'KeyG', 'KeyH'),
  binding('logs', 'KeyG', 'KeyL'),
  binding('wrap', 'KeyW'),
  binding('palette', 'Ctrl+KeyK'),
];

test('the Russian letter on the same key is the same stroke', () => {
  assert.equal(strokeOf({ ...none, code: 'KeyG', key: 'п' }), 'KeyG');
  assert.equal(strokeOf({ ...none, code: 'KeyK', key: 'л', metaKey: true }), 'Ctrl+KeyK');
  assert.equal(strokeOf({ ...none, code: 'Digit7', key: '?', shiftKey: true }), 'Shift+Slash');
  assert.equal(strokeOf({ ...none, code: 'ShiftLeft', key: 'Shift', shiftKey: true }), null);
});

test('a chord waits for its second key and then runs', () => {
  const first = nextChord([], 'KeyG', bindings);
  assert.deepEqual([first.run, first.pending], [null, ['KeyG']]);
  const second = nextChord(first.pending, 'KeyL', bindings);
  assert.deepEqual([second.run?.id, second.pending], ['logs', []]);
});

test('a broken chord is forgotten and its last key counts for itself', () => {
  assert.equal(nextChord(['KeyG'], 'KeyW', bindings).run?.id, 'wrap');
  assert.deepEqual(nextChord(['KeyG'], 'KeyX', bindings), { run: null, pending: [] });
});

test('a later binding of the same key wins', () => {
  assert.equal(nextChord([], 'KeyW', [...bindings, binding('mine', 'KeyW')]).run?.id, 'mine');
});

test('strokes read as the caps do', () => {
  assert.deepEqual(['KeyG', 'Ctrl+KeyK', 'Shift+Slash', 'ArrowLeft', 'Shift+KeyY'].map(strokeText), [
    'g',
    'Ctrl+K',
    '?',
    '←',
    'Shift+Y',
  ]);
});
