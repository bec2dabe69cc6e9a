import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { WorkerCalls } from '../base/worker_calls.ts';
import { DEFAULT_LIMITS, maskingSchema, samplingSchema, spanMetricsSchema } from '../ingest/index.ts';
import type { Submission } from '../model/ingest.ts';
import type { DecodeAnswer, DecodeNotice, DecodeRequest, DecodeWorkerData } from './decode_messages.ts';

const workerData: DecodeWorkerData = {
  limits: DEFAULT_LIMITS.decode,
  activeSeries: 1000,
  activeStreams: 1000,
  stages: { masking: v.parse(maskingSchema, {}), noise: [], patterns: true, sampling: v.parse(samplingSchema, {}) },
  spanMetrics: v.parse(spanMetricsSchema, {}),
};
const worker = new WorkerCalls<DecodeRequest, DecodeAnswer, DecodeNotice>({
  script: new URL('./decode_worker.ts', import.meta.url),
  name: 'decode',
  workerData,
  maxOldGenerationMib: 768,
  onLost: (error) => assert.fail(error),
});
after(() => worker[Symbol.asyncDispose]());

function send(body: Uint8Array, encoding: Submission['encoding']): Promise<DecodeAnswer> {
  const own = new Uint8Array(body);
  const submission: Submission = { door: 'otlp-logs-json', tenant: 't', encoding, body: own };
  return worker.call({ submission, nowMs: Date.now(), storedUntilMs: 0 }, [own.buffer]);
}

const SMALL = Buffer.from('{"resourceLogs":[]}');

test('a small request is answered while a large body is decompressed', async () => {
  await send(SMALL, 'identity');
  const large = gzipSync(Buffer.from(randomBytes(6 << 20).toString('base64')), { level: 1 });
  const order: string[] = [];
  const sent = (name: string, body: Uint8Array, encoding: Submission['encoding']): Promise<DecodeAnswer> =>
    send(body, encoding).finally(() => order.push(name));
  const answers = await Promise.all([
    sent('large', large, 'gzip'),
    sent('plain', SMALL, 'identity'),
    sent('small gzip', gzipSync(SMALL), 'gzip'),
  ]);
  assert.deepEqual(order, ['plain', 'small gzip', 'large']);
  assert.deepEqual(
    answers.map(({ kind }) => kind),
    ['undecodable', 'decoded', 'decoded'],
    'the large one is no JSON',
  );
});

test('the memory of a body comes back with its answer, whatever that is', async () => {
  const bomb = gzipSync(new Uint8Array(64 << 20));
  for (const [body, encoding, kind] of [
    [SMALL, 'identity', 'decoded'],
    [Buffer.from('nothing'), 'identity', 'undecodable'],
    [bomb, 'gzip', 'too-large'],
  ] as const) {
    const answer = await send(body, encoding);
    assert.equal(answer.kind, kind);
    assert.equal(answer.spent?.byteLength, body.length);
  }
});
