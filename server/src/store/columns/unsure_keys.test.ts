import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpanColumns } from './spans.ts';
import { exceptions } from './unsure_keys.ts';

test('exceptions are counted by the names that masking left, whatever these were before', () => {
  const columns = new SpanColumns(2);
  for (const names of [['exception for bob', 'retry', 'exception'], ['exception for eve']]) {
    columns.timestamp.append(0, 1);
    for (const name of names) columns.eventName.appendText(name);
    columns.eventOffsets.append(columns.eventName.rows);
  }
  const { words } = columns.eventName;
  const masked = [0, 1, 2, 3].filter((word) => words.text(word).startsWith('exception for'));
  const edit = (word: number) => ({
    start: words.start(word) + 'exception'.length,
    end: words.start(word + 1),
    replacement: Buffer.alloc(0),
  });
  words.splice(masked.map(edit));
  assert.deepEqual(exceptions(columns), { kind: 'number', values: Uint16Array.of(2, 1) });
});
