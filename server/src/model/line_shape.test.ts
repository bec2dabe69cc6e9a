import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LineShape, shapeOf } from './line_shape.ts';

function templateOf(line: string): string {
  const bytes = Buffer.from(line);
  const pieces: Uint8Array[] = [];
  const shape: LineShape = { low: 0, high: 0, inside: false };
  shapeOf(bytes, 0, bytes.length, shape, {
    write: (from, start, end) => void pieces.push(from.slice(start, end)),
    writeByte: (byte) => void pieces.push(Uint8Array.of(byte)),
  });
  return Buffer.concat(pieces).toString();
}

test('a colour is a wildcard and takes no word with it', () => {
  for (const [line, template] of [
    ['\u001b[32mINFO\u001b[0m started', '<_>INFO<_> started'],
    ['\u001b[1;31mERROR\u001b[0m started', '<_>ERROR<_> started'],
    ['\u001b[1m\u001b[31mERROR\u001b[0m', '<_>ERROR<_>'],
    ['took \u001b[33m5ms\u001b[0m: fine', 'took <_>: fine'],
    ['\u001b[36muser\u001b[0m=bob', '<_>user<_>=<_>'],
    ['5-\u001b[0mx', '<_>-<_>x'],
    ['\u001b[2K\u001b[1Gdone', '<_>done'],
    ['cut \u001b[38;5', 'cut <_>'],
    ['no sequence \u001bx', 'no sequence \u001bx'],
  ] as const)
    assert.equal(templateOf(line), template);
});

test('colours never hide what the line says: every word of letters stays, in its order, and the template finds the line', () => {
  const part = fc.constantFrom('\u001b[31m', '\u001b[0m', '\u001b[', '\u001b', 'WARN', 'x', '12', ' ', ':', '-', 'k=v');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const line = parts.join('');
      let at = 0;
      for (const literal of templateOf(line).split('<_>')) {
        const found = line.indexOf(literal, at);
        assert.ok(found >= 0, JSON.stringify(line));
        at = found + literal.length;
      }
    }),
  );
  const words = fc.array(fc.constantFrom('INFO', 'started', 'by', 'cron'), { maxLength: 20 });
  fc.assert(
    fc.property(words, (all) => {
      const coloured = templateOf(all.map((word) => `\u001b[32m${word}\u001b[0m`).join(' '));
      assert.equal(coloured.replaceAll('<_>', ''), templateOf(all.join(' ')));
    }),
  );
});

test('the message of zap’s short keys is found, but only where the line begins with its level', () => {
  assert.equal(templateOf('{"L":"INFO","T":"2026","C":"x.go:1","M":"took 5ms","n":1}'), 'took <_>');
  assert.equal(templateOf('{"M":"took 5ms","L":"INFO"}'), '<_>');
  assert.equal(templateOf('{"M":"metre","msg":"took 5ms"}'), 'took <_>');
});
