import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonWriter } from './json_writer.ts';

test('texts of any characters come out of JSON as they went in, however many', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
      const writer = new JsonWriter();
      writer.raw('[');
      for (const [i, text] of texts.entries()) {
        if (i > 0) writer.raw(',');
        writer.text(text);
      }
      writer.raw(']');
      assert.deepEqual(JSON.parse(Buffer.from(writer.bytes()).toString()), texts);
    }),
  );
});

test('an answer larger than the first buffer is whole', () => {
  const writer = new JsonWriter();
  const text = 'x'.repeat(100_000);
  writer.text(text);
  writer.text('ключ "\\"');
  assert.equal(Buffer.from(writer.bytes()).toString(), JSON.stringify(text) + JSON.stringify('ключ "\\"'));
});
