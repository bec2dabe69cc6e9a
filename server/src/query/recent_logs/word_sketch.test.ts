import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeBlock } from '../../store/index.ts';
import { soughtText, WordSketch } from './word_sketch.ts';

/** Lines as a Native column of strings has them. */
function columnOf(lines: readonly string[]): Uint8Array {
  const block = encodeBlock([['', 'String']], [{ kind: 'strings', values: lines }], lines.length);
  // Counts of columns and rows, an empty name and the type stand before it.
  return block.subarray(1 + (lines.length < 128 ? 1 : lines.length < 16_384 ? 2 : 3) + 1 + 7);
}

function sketchOf(lines: readonly string[]): WordSketch {
  const sketch = new WordSketch();
  sketch.add(columnOf(lines), lines.length);
  return sketch;
}

const hex = fc.stringMatching(/^[0-9a-f]{4,40}$/);
const piece = fc.oneof(
  hex,
  fc.constantFrom(' ', '=', '-', 'timeout', 'ошибка', 'Ab', 'trace_id', '"', '\\'),
  fc.string(),
);

test('no text that stands in a line is said to be nowhere', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.array(piece).map((parts) => parts.join('')),
        { minLength: 1 },
      ),
      fc.nat(),
      fc.nat(),
      fc.nat(),
      (lines, which, from, length) => {
        const line = lines[which % lines.length] ?? '';
        const start = line.length === 0 ? 0 : from % line.length;
        const text = line.slice(start, start + (length % 60));
        const sketch = sketchOf(lines);
        assert.ok(sketch.mayHold(soughtText(text)), text);
        sketch.close();
        assert.ok(sketch.mayHold(soughtText(text)), text);
      },
    ),
    { seed: 3, numRuns: 2000 },
  );
});

test('a word or an id that is nowhere is told among thousands of lines with ids, amounts and users', () => {
  const id = (i: number): string =>
    `${((i * 2654435761) >>> 0).toString(16).padStart(8, '0')}${'0f3c5b9a1e48f2b6c4d8e071'}`;
  const lines = Array.from(
    { length: 16_000 },
    (_, i) => `INFO payment settled in ${i % 900}ms user_id=u${i * 3} amount=${i * 7} trace_id=${id(i)}`,
  );
  const sketch = sketchOf(lines);
  sketch.close();
  for (const text of [
    'absent0f1e2d3c',
    'needle7f3a9c51',
    `${id(1).slice(0, 31)}e`,
    'payment refunded',
    `trace_id=${id(20_000)}`,
  ])
    assert.equal(sketch.mayHold(soughtText(text)), false, text);
  for (const text of ['settled', id(7), id(7).slice(3, 20), 'user_id=u3 ', 'ms', 'in 12'])
    assert.equal(sketch.mayHold(soughtText(text)), true, text);
  assert.ok(sketch.bytes < 16_000 * 6, `${sketch.bytes} bytes`);
});
