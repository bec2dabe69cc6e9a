import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sloFacts } from '@trilith/contract';
import * as v from 'valibot';
import type { SloFact } from '../../model/slo_fact.ts';
import { StoreError } from '../../store/index.ts';
import { RequestError } from './respond.ts';
import { factsAnswer } from './slo_facts.ts';

const SLOT_MS = 300_000;
const START = Date.UTC(2026, 0, 31);
const range = { objective: 'pay-«api»', fromMs: START, toMs: START + 2 * SLOT_MS };
const facts: SloFact[] = [
  { objective: range.objective, dimension: '', slotMs: START + SLOT_MS, bad: 0.5, total: 10 },
  {
    objective: range.objective,
    dimension: '{"route":"/a,\\"b\\""}',
    slotMs: START + 2 * SLOT_MS,
    bad: 0,
    total: 3,
  },
];

const refusal =
  (status: number, words: RegExp) =>
  (error: unknown): boolean =>
    error instanceof RequestError && error.status === status && words.test(error.message);

test('facts are downloaded as JSON of the contract, labels read', async () => {
  const { status, body } = await factsAnswer(range, null, async () => facts);
  const read = v.parse(sloFacts, JSON.parse(String(body)));
  assert.equal(status, 200);
  assert.deepEqual(
    read.facts.map(({ labels, bad }) => [labels, bad]),
    [
      [{}, 0.5],
      [{ route: '/a,"b"' }, 0],
    ],
  );
});

test('as CSV labels stay in one field and the file name is safe in a header', async () => {
  const { headers, body } = await factsAnswer(range, 'csv', async () => facts);
  assert.equal(
    body,
    'slot_end,labels,bad,total\r\n' +
      '2026-01-31T00:05:00.000Z,,0.5,10\r\n' +
      '2026-01-31T00:10:00.000Z,"{""route"":""/a,\\""b\\""""}",0,3\r\n',
  );
  assert.match(headers?.['content-disposition'] ?? '', /^attachment; filename\*=UTF-8''pay-[\w%.-]+\.csv$/);
});

test('more facts than the store may hand out are refused whole; an unknown format too', async () => {
  const limit = async (): Promise<never> => Promise.reject(new StoreError('limit', 396, 'too many rows'));
  await assert.rejects(factsAnswer(range, 'csv', limit), refusal(422, /shorter range/));
  await assert.rejects(
    factsAnswer(range, 'xml', async () => facts),
    refusal(400, /csv or json/),
  );
});
