import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeBlock } from '../../store/index.ts';
import { GROUP_SIZE, WordGroup } from './word_group.ts';
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

interface LinesAndText {
  readonly lines: readonly string[];
  /** A part of one of the lines. */
  readonly text: string;
}

const linesAndText: fc.Arbitrary<LinesAndText> = fc
  .tuple(
    fc.array(
      fc.array(piece).map((parts) => parts.join('')),
      { minLength: 1 },
    ),
    fc.nat(),
    fc.nat(),
    fc.nat(),
  )
  .map(([lines, which, from, length]) => {
    const line = lines[which % lines.length] ?? '';
    const start = line.length === 0 ? 0 : from % line.length;
    return { lines, text: line.slice(start, start + (length % 60)) };
  });

test('no text that stands in a line is said to be nowhere', () => {
  fc.assert(
    fc.property(linesAndText, ({ lines, text }) => {
      const sketch = sketchOf(lines);
      assert.ok(sketch.mayHold(soughtText(text)), text);
      sketch.close();
      assert.ok(sketch.mayHold(soughtText(text)), text);
    }),
    { seed: 3, numRuns: 2000 },
  );
});

test('a group says of each sketch what the sketch says', () => {
  fc.assert(
    fc.property(fc.array(linesAndText, { minLength: 1, maxLength: GROUP_SIZE }), (generated) => {
      const sketches = generated.map(({ lines }) => sketchOf(lines));
      for (const sketch of sketches) sketch.close();
      // Tables of a group have one length.
      const alike = sketches.filter(({ grams }) => grams.length === sketches[0]?.grams.length);
      const members = Array.from({ length: GROUP_SIZE }, (_, i) => alike[i % alike.length] as WordSketch);
      const group = new WordGroup(members);
      for (const { text } of generated) {
        const sought = soughtText(text);
        const said: boolean[] = members.map((_, i) => ((group.mayHold(sought) >>> i) & 1) === 1);
        const expected: boolean[] = members.map((sketch) => sketch.mayHold(sought));
        assert.deepEqual(said, expected, text);
      }
    }),
    { seed: 5, numRuns: 500 },
  );
});

test('sketches with tables of different lengths are no group', () => {
  const sketches = Array.from({ length: GROUP_SIZE }, (_, i) =>
    sketchOf([i === 0 ? 'one' : 'antidisestablishmentarianism']),
  );
  for (const sketch of sketches) sketch.close();
  assert.throws(() => new WordGroup(sketches), RangeError);
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

test('in a group the stretch with an id is told from 31 without', () => {
  const idOf = (i: number): string =>
    `${((i * 2654435761) >>> 0).toString(16).padStart(8, '0')}0f3c5b9a1e48f2b6c4d8e071`;
  const sketches = Array.from({ length: GROUP_SIZE }, (_, member) => {
    const sketch = sketchOf(
      Array.from(
        { length: 512 },
        (_, i) => `INFO payment settled trace_id=${idOf(member * 512 + i)} route=/v1/r${i % 9}`,
      ),
    );
    sketch.close();
    return sketch;
  });
  const group = new WordGroup(sketches);
  for (const member of [0, 1, 30, 31]) {
    const text = soughtText(`trace_id=${idOf(member * 512 + 99)}`);
    assert.equal(group.mayHold(text), 1 << member);
  }
  assert.equal(group.mayHold(soughtText('absent0f1e2d3c')), 0);
  assert.equal(group.mayHold(soughtText('payment settled')), -1);
  const bytes = sketches.reduce((sum, sketch) => sum + sketch.bytes, 0);
  assert.ok(group.bytes <= bytes, `${group.bytes} of ${bytes}`);
});
