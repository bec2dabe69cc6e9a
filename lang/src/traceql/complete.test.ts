import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionContext } from './complete.ts';

/** The place is marked by `^`. */
function at(marked: string): ReturnType<typeof completionContext> {
  const offset = marked.indexOf('^');
  return completionContext(marked.replace('^', ''), offset);
}

test('fields are offered between braces where an operand may stand', () => {
  assert.deepEqual(at('{ ^'), { kind: 'field', from: 2 });
  assert.deepEqual(at('{ span.ht^'), { kind: 'field', from: 2 });
  assert.deepEqual(at('{ status = error && re^ }'), { kind: 'field', from: 20 });
  assert.deepEqual(at('{} | by(res^'), { kind: 'field', from: 8 });
  assert.deepEqual(at('{} | rate() by(name, k^'), { kind: 'field', from: 21 });
  assert.deepEqual(at('{} | quantile_over_time(du^'), { kind: 'field', from: 24 });
});

test('values are offered behind a comparison, with what is already written of a string', () => {
  assert.deepEqual(at('{ status = ^'), { kind: 'value', from: 11, field: 'status', quoted: false });
  assert.deepEqual(at('{ name =~ "GET /p^'), { kind: 'value', from: 10, field: 'name', quoted: true });
  assert.deepEqual(at('{ kind=server && resource.service.name="^"'), {
    kind: 'value',
    from: 39,
    field: 'resource.service.name',
    quoted: true,
  });
});

test('a closed string with braces inside does not open anything', () => {
  assert.deepEqual(at('{ name = "a{b" } | ^').kind, 'words');
  assert.deepEqual(at('{ name = "a\\"}" && ^'), { kind: 'field', from: 19 });
});

test('stages follow a bar, operators a finished comparison, braces an empty query', () => {
  const words = (marked: string): readonly string[] => {
    const found = at(marked);
    return found.kind === 'words' ? found.words : [];
  };
  assert.ok(words('{} | ra^').includes('rate()'));
  assert.ok(words('{} | ^').includes('select('));
  assert.deepEqual(words('{ status = error ^'), ['&&', '||']);
  assert.deepEqual(words('^'), ['{']);
  assert.deepEqual(words('{} | rate() ^'), ['by(']);
});
