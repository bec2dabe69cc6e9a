import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { GrpcFailure, GrpcMethod } from '../../base/grpc_server.ts';
import { decodeProtobuf, encodeProtobuf, type ProtobufShape } from '../../base/protobuf_json.ts';
import type { Outcome, Submission } from '../../model/ingest.ts';
import { jaegerGrpcMethods } from './index.ts';

const NOTHING = { samples: 0, histograms: 0, exemplars: 0, logs: 0, spans: 0 };
const STORED: Outcome = { kind: 'stored', accepted: NOTHING, rejections: [] };
const SAMPLING: ProtobufShape = {
  strategyType: { number: 1, type: 'uint32' },
  probabilisticSampling: { number: 2, type: { message: () => ({ samplingRate: { number: 1, type: 'double' } }) } },
};

function methods(outcome: Outcome, submissions: Submission[] = []): readonly GrpcMethod[] {
  return jaegerGrpcMethods(
    async (submission) => {
      submissions.push(submission);
      return outcome;
    },
    ({ authorization }) =>
      authorization === undefined ? { refused: 'unauthenticated', message: 'a key is required' } : { tenant: 'acme' },
  );
}

function call(all: readonly GrpcMethod[], name: string, message: Uint8Array<ArrayBuffer>, key = 'x') {
  const method = all.find(({ path }) => path.endsWith(`/${name}`));
  assert.ok(method);
  const headers: Record<string, string> = key === '' ? {} : { authorization: key };
  return method.handler({ message, headers, signal: new AbortController().signal });
}

test('spans are handed on as they came, under the caller’s tenant, and answered when they are stored', async () => {
  const submissions: Submission[] = [];
  const answer = await call(methods(STORED, submissions), 'PostSpans', Uint8Array.from([10, 0]));
  assert.equal(answer.length, 0);
  const [submission] = submissions;
  assert.deepEqual(
    [submission?.door, submission?.tenant, [...(submission?.body ?? [])]],
    ['jaeger-protobuf', 'acme', [10, 0]],
  );
});

test('what is not stored is a failure that tells whether to send again', async () => {
  const codeOf = async (outcome: Outcome, key = 'x'): Promise<number> => {
    const failure = await call(methods(outcome), 'PostSpans', new Uint8Array(0), key).catch((error: unknown) => error);
    return (failure as GrpcFailure).code;
  };
  assert.equal(await codeOf({ kind: 'undecodable', message: 'no' }), status.INVALID_ARGUMENT);
  assert.equal(await codeOf({ kind: 'unavailable', message: 'no', retryAfterSeconds: 1 }), status.UNAVAILABLE);
  assert.equal(await codeOf(STORED, ''), status.UNAUTHENTICATED);
});

test('a remote sampler is told to send everything', async () => {
  const named = encodeProtobuf({ serviceName: { number: 1, type: 'text' } }, { serviceName: 'shop' });
  const answer = await call(methods(STORED), 'GetSamplingStrategy', named);
  assert.deepEqual(JSON.parse(JSON.stringify(decodeProtobuf(SAMPLING, Uint8Array.from(answer)))), {
    probabilisticSampling: { samplingRate: 1 },
  });
  await assert.rejects(call(methods(STORED), 'GetSamplingStrategy', new Uint8Array(0)), {
    code: status.INVALID_ARGUMENT,
  });
});
