import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { labelsFrom, withLabels } from './labels.ts';

test('labels that are set win, empty ones go, and the set stays sorted, whatever was there', () => {
  const name = fc.constantFrom('__name__', 'a', 'alertname', 'b', 'é', 'z');
  const pairs = fc.array(fc.tuple(name, fc.constantFrom('', 'x', 'y')), { maxLength: 8 });
  fc.assert(
    fc.property(pairs, pairs, (before, changes) => {
      const labels = labelsFrom(before);
      const old: [string, string][] = [];
      for (let i = 0; i < labels.length; i += 2) old.push([labels[i] as string, labels[i + 1] as string]);
      assert.deepEqual(withLabels(labels, changes), labelsFrom([...old, ...changes]));
    }),
  );
});
