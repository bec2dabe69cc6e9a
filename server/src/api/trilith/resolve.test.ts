import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceIdsIn } from './resolve.ts';

const A = '0af7651916cd43dd8448eb211c80319c';
const B = 'b7ad6b7169203331b7ad6b7169203331';

const cases: readonly (readonly [name: string, text: string, ids: readonly string[]])[] = [
  ['alone', A, [A]],
  ['in upper case', A.toUpperCase(), [A]],
  ['in a traceparent', `00-${A}-b7ad6b7169203331-01`, [A]],
  ['in a URL', `https://grafana/explore?traceId=${A}&x=1`, [A]],
  ['in a line of JSON, twice and beside another', `{"trace_id":"${A}","parent":"${A}","link":"${B}"}`, [A, B]],
  ['short, alone', 'b7ad6b7169203331', ['0000000000000000b7ad6b7169203331']],
  ['short, inside a text', 'span b7ad6b7169203331 failed', []],
  ['longer digits', `${A}0`, []],
  ['none', 'payments-api', []],
];
for (const [name, text, ids] of cases) test(`a trace id ${name}`, () => assert.deepEqual(traceIdsIn(text), ids));

test('no more than five ids of one text', () => {
  const ids = Array.from({ length: 9 }, (_, i) => A.replace(/^./, String(i)));
  assert.deepEqual(traceIdsIn(ids.join(' ')), ids.slice(0, 5));
});
