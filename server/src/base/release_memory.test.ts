import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseMemory } from './release_memory.ts';

test('memory of its own is given back, and what small buffers share is kept', () => {
  const large = Buffer.alloc(200_000, 'a');
  releaseMemory(large);
  assert.equal(large.length, 0);
  const [small, beside] = [Buffer.from('small'), Buffer.from('beside')];
  releaseMemory(small);
  assert.equal(String(beside), 'beside');
  const shared = new Uint8Array(new SharedArrayBuffer(8));
  releaseMemory(shared);
  assert.equal(shared.length, 8);
});
