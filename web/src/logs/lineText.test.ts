import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { diffWords } from './lineDiff.ts';
import { piecesOf, startOf, unescaped, withoutControls } from './lineText.ts';

const told = (text: string, wanted: readonly string[] = []) =>
  piecesOf(text, wanted).map((piece) => [
    piece.text,
    [piece.marked && 'marked', piece.masked && 'masked', piece.bold && 'bold', piece.color]
      .filter((one) => one !== false && one !== null)
      .join(' '),
  ]);

test('terminal colours become styles, every other control sequence nothing', () => {
  assert.deepEqual(told('\u001b[1;31mred\u001b[0m plain \u001b[38;5;12mblue\u001b[39m'), [
    ['red', 'bold 1'],
    [' plain ', ''],
    ['blue', '12'],
  ]);
  assert.deepEqual(told('a\u001b[2Jb\u001b]8;;http://x\u0007c\u001b[38;2;1;2;3md'), [
    ['a', ''],
    ['b', ''],
    ['c', ''],
    ['d', ''],
  ]);
  assert.equal(withoutControls('\u001b[31mred\u001b[0m {'), 'red {');
});

test('what was searched for is marked through colours, upper and lower case alike', () => {
  assert.deepEqual(told('a Time\u001b[31mout\u001b[0m timeout', ['timeout']), [
    ['a ', ''],
    ['Time', 'marked'],
    ['out', 'marked 1'],
    [' ', ''],
    ['timeout', 'marked'],
  ]);
});

test('masked card numbers and secrets are told apart from the text', () => {
  assert.deepEqual(told('card 411111******1111 token *** ok'), [
    ['card ', ''],
    ['411111******1111', 'masked'],
    [' token ', ''],
    ['***', 'masked'],
    [' ok', ''],
  ]);
  assert.deepEqual(told('4111 11** **** 1111 a ** b'), [
    ['4111 11** **** 1111', 'masked'],
    [' a ** b', ''],
  ]);
});

test('letters outside of ASCII are shown for their escapes, and nothing else is', () => {
  assert.equal(unescaped('\\u043f\\u0440 \\ud83d\\ude00 \\u0022 \\u00'), 'пр 😀 \\u0022 \\u00');
});

test('pieces put together are the text without control sequences', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('\u001b[31m', '\u001b[0m', '\u001b[2K', '***', 'needle'));
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join('').replaceAll('\\u', '');
      assert.equal(
        piecesOf(text, ['needle'])
          .map((piece) => piece.text)
          .join(''),
        withoutControls(text),
      );
    }),
  );
});

test('a difference of two lines is what each has besides the words they share', () => {
  assert.deepEqual(diffWords('paid 10 by card', 'paid 12 by card twice'), [
    { text: 'paid ', side: 'both' },
    { text: '10', side: 'older' },
    { text: '12', side: 'newer' },
    { text: ' by card', side: 'both' },
    { text: ' twice', side: 'newer' },
  ]);
});

test('the start of a text never halves a character', () => {
  assert.equal(startOf('ab😀c', 3), 'ab');
  assert.equal(startOf('ab😀c', 4), 'ab😀');
  assert.equal(startOf('abc', 3), 'abc');
});

test('long texts are compared to their ends', () => {
  const frames = Array.from({ length: 2000 }, (_, at) => `at layer${at}`).join(' ');
  const [older, newer] = [`failed ${frames} code 1`, `failed ${frames} code 2`];
  assert.deepEqual(diffWords(older, newer), [
    { text: `failed ${frames} code `, side: 'both' },
    { text: '1', side: 'older' },
    { text: '2', side: 'newer' },
  ]);
  const apart = diffWords(`a ${frames} b`, `c ${frames.replaceAll('layer', 'level')} d`);
  const sideOf = (side: 'older' | 'newer'): string =>
    apart
      .filter((part) => part.side === 'both' || part.side === side)
      .map((part) => part.text)
      .join('');
  assert.equal(sideOf('older').length, `a ${frames} b`.length);
  assert.equal(sideOf('newer').length, `c ${frames} d`.length);
});
