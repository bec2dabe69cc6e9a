import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsQuestion, tracesNamed } from './traceQuestion.ts';

test('the address of a trace names one, or two that are compared; what is asked early is what the screen asks', () => {
  const [one, other] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00000000000000000000000000000abc'];
  assert.deepEqual(tracesNamed(one), { traceId: one, against: null });
  assert.deepEqual(tracesNamed(one.toUpperCase()), { traceId: one, against: null });
  assert.deepEqual(tracesNamed(`${one}...${other}`), { traceId: one, against: other });
  assert.deepEqual(tracesNamed('abc'), { traceId: 'abc', against: null });
  assert.deepEqual(columnsQuestion(one).subject, columnsQuestion(tracesNamed(one.toUpperCase()).traceId).subject);
});
