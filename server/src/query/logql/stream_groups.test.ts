import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import { labelValue } from '../../model/labels.ts';
import { compilePipeline } from './pipeline.ts';
import { streamLabels } from './row_labels.ts';
import { StreamGroups } from './stream_groups.ts';

const FIELDS: Readonly<Record<string, string>> = { detected_level: 'error', trace_id: 't1', user_id: 'u1' };

/** The labels that a record with these fields is shown with after some stages. */
function shown(stages: string, labels: readonly string[], fields = FIELDS): readonly string[] {
  const expr = parse(`{app="a"} ${stages}`);
  assert.ok(expr.kind === 'log');
  const row = compilePipeline(expr.stages).run(streamLabels(labels), [], 'n=1 trace_id=t2', 0n, (name) => fields[name]);
  const groups = new StreamGroups(false);
  if (row !== undefined) groups.add(row);
  return groups.list[0]?.labels ?? [];
}

test('a record is shown with its labels and what it answers to, in order of name', () => {
  const both = ['app', 'a', 'detected_level', 'error', 'pod', 'p', 'trace_id', 't1', 'user_id', 'u1', 'zone', 'z'];
  assert.deepEqual(shown('', ['app', 'a', 'pod', 'p', 'zone', 'z']), both);
  assert.deepEqual(shown('', []), ['detected_level', 'error', 'trace_id', 't1', 'user_id', 'u1']);
  assert.deepEqual(shown('', ['app', 'a'], { detected_level: 'unknown' }), ['app', 'a']);
});

test('a label of the name of a field is shown as it is, and what a stage took away is not shown', () => {
  assert.equal(labelValue(shown('', ['trace_id', 'own']), 'trace_id'), 'own');
  assert.equal(labelValue(shown('| logfmt', ['app', 'a']), 'trace_id'), 't2');
  assert.deepEqual(shown('| drop trace_id, user_id', ['app', 'a']), ['app', 'a', 'detected_level', 'error']);
});
