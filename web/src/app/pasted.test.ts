import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceIdIn } from './pasted.ts';

const id = '0af7651916cd43dd8448eb211c80319c';
const cases: readonly [string, string | null][] = [
  [id, id],
  [`  ${id.toUpperCase()}\n`, id],
  [`00-${id}-b7ad6b7169203331-01`, id],
  [`traceparent: 00-${id}-b7ad6b7169203331-01`, id],
  [`{"level":30,"trace_id":"${id}","msg":"x"}`, id],
  [`level=info traceId=${id} msg=x`, id],
  ['0'.repeat(32), null],
  ['payments-api', null],
  [`${id}ff`, null],
];
for (const [text, want] of cases) {
  test(`"${text.slice(0, 60)}" holds ${want === null ? 'no trace id' : 'the trace id'}`, () =>
    assert.equal(traceIdIn(text), want));
}
