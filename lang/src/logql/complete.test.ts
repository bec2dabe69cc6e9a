import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionContext } from './index.ts';

const at = (text: string): ReturnType<typeof completionContext> =>
  completionContext(text.replace('¦', ''), text.indexOf('¦'));

test('inside a selector label names, then values, with what is already chosen', () => {
  assert.deepEqual(at('{¦'), { kind: 'label_name', from: 1, selector: '{}' });
  assert.deepEqual(at('{app="a", na¦'), { kind: 'label_name', from: 10, selector: '{app="a"}' });
  assert.deepEqual(at('{app="a", level=¦'), { kind: 'label_value', from: 16, label: 'level', selector: '{app="a"}' });
  assert.deepEqual(at('{level="er¦'), { kind: 'label_value', from: 7, label: 'level', selector: '{}' });
});

test('behind a pipe stages and fields, at the start functions', () => {
  const stage = at('{app="a"} | js¦');
  assert.ok(stage.kind === 'words' && stage.fields && stage.words.includes('json') && stage.from === 12);
  const start = at('sum(ra¦');
  assert.ok(start.kind === 'words' && !start.fields && start.words.includes('rate') && start.from === 4);
  assert.equal(at('{app="a"} |= "x" ¦').kind, 'none');
});
