import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeBlock } from '../native/encode.ts';
import { AttributeSet } from './attributes.ts';
import { sectionRows } from './section_rows.ts';
import { WordMapBuilder } from './word_map.ts';

const SENT = 'Map(LowCardinality(String), LowCardinality(String))';
const COLUMNS = [
  ['SpanAttributes', SENT],
  ['batch_id', 'UInt64'],
] as const;

/** What a reader of the block finds. */
function rowsOf(builder: WordMapBuilder, rows: number): readonly unknown[] {
  const block = encodeBlock(COLUMNS, [builder.column()], rows, { omitLast: true });
  return sectionRows({ table: 'otel_traces', partition: 0, rows, block }).map(({ SpanAttributes }) => ({
    ...(SpanAttributes as object),
  }));
}

const key = fc.constantFrom('user.id', 'http.route', 'a', '');
const value = fc.constantFrom('1', '7', '/pay', '', 'ü'.repeat(70));
const row = fc.dictionary(key, value);

test('rows come back as they were written, those that were kept, as often as the memory is used', () => {
  const builder = new WordMapBuilder(4);
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.boolean()), { minLength: 1, maxLength: 20 }), (rows) => {
      builder.clear();
      for (const [entries] of rows) {
        for (const [name, text] of Object.entries(entries)) builder.entryText(name, text);
        builder.endRow();
      }
      assert.deepEqual(
        rowsOf(builder, rows.length),
        rows.map(([entries]) => ({ ...entries })),
      );
      builder.keepRows(Uint8Array.from(rows, ([, isKept]) => (isKept ? 1 : 0)));
      const kept = rows.filter(([, isKept]) => isKept).map(([entries]) => ({ ...entries }));
      assert.deepEqual(rowsOf(builder, kept.length), kept);
      const pairs = new Set(kept.flatMap((entries) => Object.entries(entries).map(String)));
      assert.equal(builder.values.words.rows, pairs.size, 'words of dropped rows are gone');
    }),
  );
});

test('a value written piece by piece, a set and a cut value are entries like others', () => {
  const builder = new WordMapBuilder();
  const set = new AttributeSet();
  set.entries.entryText('pod', 'p1');
  set.entries.entryText('zone', 'z');
  const name = Buffer.from('count');
  for (const number of ['12', '12', '3']) {
    builder.set(set);
    builder.key(name, 0, name.length);
    builder.text.appendText(number);
    builder.truncated(name, 0, name.length, 900);
    builder.endRow();
  }
  const row = (count: string): object => ({ pod: 'p1', zone: 'z', count, 'count.__truncated__': '900' });
  assert.deepEqual(rowsOf(builder, 3), [row('12'), row('12'), row('3')]);
  assert.equal(builder.values.words.rows, 5);
});

test('a value is a word of each key that has it, so that changing it under one key changes no other', () => {
  const builder = new WordMapBuilder();
  for (const [name, text] of [
    ['password', '1234'],
    ['order', '1234'],
    ['order', '1234'],
  ] as const) {
    builder.entryText(name, text);
    builder.endRow();
  }
  const { keys, values } = builder.pairs;
  assert.equal(keys.rows, 2);
  const secret = [0, 1].find((pair) => builder.keys.words.text(keys.index(pair)) === 'password') as number;
  values.splice([{ start: values.start(secret), end: values.start(secret + 1), replacement: Buffer.from('***') }]);
  assert.deepEqual(rowsOf(builder, 3), [{ password: '***' }, { order: '1234' }, { order: '1234' }]);
});
