import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Alert, type AlertState, DRILL_LABEL } from '../model/alert.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import { labelsFrom } from '../model/labels.ts';
import type { LedgerSelection } from '../store/index.ts';
import { firingAt } from './firing_at.ts';

const labelsOf = (instance: string, more: readonly (readonly [string, string])[] = []): Alert['labels'] =>
  labelsFrom([['alertname', 'Down'], ['instance', instance], ...more]);

const changed = (timeMs: number, labels: Alert['labels'], from: AlertState, to: AlertState): AlertEvent => ({
  kind: 'state',
  timeMs,
  rule: { file: 'rules.yml', group: 'g', rule: 'Down' },
  labels,
  from,
  to,
  value: 1,
});

test('an alert fires by its last change; one that ended does not, and a drill is known by the labels of its series', async () => {
  let asked: LedgerSelection | undefined;
  const events = [
    changed(1, labelsOf('a'), 'pending', 'firing'),
    changed(2, labelsOf('b'), 'pending', 'firing'),
    changed(3, labelsOf('b'), 'firing', 'inactive'),
    changed(4, labelsOf('c'), 'inactive', 'pending'),
    changed(5, labelsOf('d', [[DRILL_LABEL, 'run']]), 'pending', 'firing'),
  ];
  const firing = await firingAt(
    async (selection) => {
      asked = selection;
      return events;
    },
    'Down',
    10,
  );
  assert.deepEqual([...firing], [labelsOf('a').join('\u0000'), labelsOf('d').join('\u0000')]);
  assert.deepEqual([asked?.toMs, asked?.kinds, asked?.alert], [10, ['state'], 'Down']);
});
