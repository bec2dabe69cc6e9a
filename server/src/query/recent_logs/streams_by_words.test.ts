import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from '../../base/words_of.ts';
import { logOf } from '../logql/generated_store.ts';
import { streamLabels } from '../logql/row_labels.ts';
import { compileRecordTest } from '../tail/record_test.ts';
import { streamsByWords } from './streams_by_words.ts';

test('streams whose ids have the same lower word are told apart, and the index is asked of a stream once', () => {
  const ids = BigUint64Array.of(7n, (1n << 32n) + 7n, 7n, (1n << 63n) + 9n, (1n << 63n) + 9n);
  const asked: bigint[] = [];
  const index = {
    byId: (id: bigint) => {
      asked.push(id);
      return streamLabels(['id', String(id)]);
    },
  };
  const recordTest = compileRecordTest(logOf(`{id="${ids[1]}"}`).matchers, { hasLabel: () => true });
  const streams = streamsByWords(recordTest, index);
  const words = wordsOf(Uint32Array, ids);
  for (const [at, id] of ids.entries()) {
    const { labels, matches } = streams(words, at, ids);
    assert.deepEqual(labels.labels, ['id', String(id)]);
    assert.equal(matches, at === 1);
  }
  assert.equal(asked.filter((id) => id === ids[3]).length, 1);
});
