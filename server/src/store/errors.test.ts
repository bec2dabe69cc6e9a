import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineError, exceptionInTail } from './errors.ts';

for (const [text, use, kind, code] of [
  ['Code: 159. DB::Exception: Timeout exceeded', 'read', 'limit', 159],
  ['Code: 241. DB::Exception: (total) memory limit exceeded', 'read', 'limit', 241],
  ['Code: 241. DB::Exception: (total) memory limit exceeded', 'write', 'unavailable', 241],
  ['Code: 252. DB::Exception: Too many parts', 'write', 'unavailable', 252],
  ['Code: 243. DB::Exception: Not enough space', 'write', 'unavailable', 243],
  ['Code: 242. DB::Exception: Table is in readonly mode', 'write', 'unavailable', 242],
  ['Code: 62. DB::Exception: Syntax error', 'read', 'rejected', 62],
  ['Code: 497. DB::Exception: Not enough privileges', 'read', 'rejected', 497],
  ['', 'read', 'unavailable', 0],
  ['<html>502 Bad Gateway</html>', 'write', 'unavailable', 0],
] as const) {
  test(`${text || 'no text'} of a ${use} is ${kind}`, () => {
    const error = engineError(text, use);
    assert.deepEqual([error.kind, error.code], [kind, code]);
  });
}

test('an exception appended to a result is found by its tag only', () => {
  const tag = 'euvgxrrymvxdzigx';
  const text = 'Code: 395. DB::Exception: Value passed\nto throwIf. (X) (version 26.7.2.1)';
  const tail = Buffer.from(`…\r\n__exception__\r\n${tag}\r\n${text}\n${text.length} ${tag}\r\n__exception__\r\n`);
  assert.equal(exceptionInTail(tail, tag), text);
  assert.equal(exceptionInTail(tail, 'aaaaaaaaaaaaaaaa'), undefined);
  assert.equal(exceptionInTail(Buffer.from('rows that mention __exception__ in passing'), tag), undefined);
});
