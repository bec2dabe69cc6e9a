import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, credentials, type Metadata, Metadata as NewMetadata, type ServiceError, status } from '@grpc/grpc-js';
import { createGrpcServer } from '../../base/grpc_server.ts';
import type { Outcome, Submission } from '../../model/ingest.ts';
import { type GrpcCaller, otlpGrpcMethods } from './grpc.ts';

const NOTHING = { samples: 0, histograms: 0, exemplars: 0, logs: 0, spans: 0 };
const asIs = (bytes: Buffer): Buffer => bytes;

interface Answer {
  readonly error: ServiceError | null;
  readonly body: Buffer | undefined;
}

/** Asks a listener whose requests all have this outcome. */
async function ask(
  t: { after: (fn: () => unknown) => void },
  outcome: Outcome,
  options: {
    headers?: Record<string, string>;
    callerOf?: (headers: Readonly<Record<string, string>>) => GrpcCaller;
    body?: Buffer;
  } = {},
): Promise<Answer & { submissions: Submission[] }> {
  const submissions: Submission[] = [];
  const methods = otlpGrpcMethods({
    callerOf: options.callerOf ?? (() => ({ tenant: 'trilith' })),
    submit: (submission) => {
      submissions.push(submission);
      return Promise.resolve(outcome);
    },
  });
  const server = createGrpcServer({ methods, maxBytes: 1000, onError: (error) => assert.fail(String(error)) });
  const port = await server.listen('127.0.0.1', 0);
  t.after(() => server.close());
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  t.after(() => client.close());
  const metadata: Metadata = new NewMetadata();
  for (const [name, value] of Object.entries(options.headers ?? {})) metadata.set(name, value);
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  const answer = await new Promise<Answer>((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, options.body ?? Buffer.from([1, 2]), metadata, (error, body) =>
      resolve({ error, body }),
    );
  });
  return { ...answer, submissions };
}

test('a stored request is answered with an empty response, its bytes handed on as they came', async (t) => {
  const { error, body, submissions } = await ask(t, { kind: 'stored', accepted: NOTHING, rejections: [] });
  assert.deepEqual([error, body?.length], [null, 0]);
  assert.deepEqual([submissions[0]?.door, [...(submissions[0]?.body ?? [])]], ['otlp-traces-protobuf', [1, 2]]);
});

test('refused records are a partial success', async (t) => {
  const rejections = [{ reason: 'too_old' as const, count: 3, message: 'too old' }];
  const { error, body } = await ask(t, { kind: 'stored', accepted: NOTHING, rejections });
  assert.equal(error, null);
  assert.match(body?.toString('latin1') ?? '', /3 rejected \(too_old\): too old/);
});

const FAILURES: readonly (readonly [outcome: Outcome, code: number, retried: boolean])[] = [
  [{ kind: 'undecodable', message: 'no' }, status.INVALID_ARGUMENT, false],
  [{ kind: 'too-large', message: 'no' }, status.RESOURCE_EXHAUSTED, false],
  [{ kind: 'over-quota', message: 'no', retryAfterSeconds: 7 }, status.RESOURCE_EXHAUSTED, true],
  [{ kind: 'unavailable', message: 'no', retryAfterSeconds: 1 }, status.UNAVAILABLE, true],
];

for (const [outcome, code, retried] of FAILURES)
  test(`${outcome.kind} is ${status[code]}, ${retried ? 'with' : 'without'} a time to try again`, async (t) => {
    const { error } = await ask(t, outcome);
    const [info] = error?.metadata.get('grpc-status-details-bin') ?? [];
    assert.deepEqual([error?.code, error?.details, info !== undefined], [code, 'no', retried]);
    if (retried) assert.match(String(info), /google\.rpc\.RetryInfo/);
  });

test('callers without a key, or without the right, are told so', async (t) => {
  const callerOf = ({ authorization = '' }: Readonly<Record<string, string>>): GrpcCaller =>
    authorization === ''
      ? { refused: 'unauthenticated', message: 'a key is required' }
      : { refused: 'forbidden', message: 'may not' };
  const outcome: Outcome = { kind: 'stored', accepted: NOTHING, rejections: [] };
  assert.equal((await ask(t, outcome, { callerOf })).error?.code, status.UNAUTHENTICATED);
  const known = await ask(t, outcome, { callerOf, headers: { authorization: 'Bearer x' } });
  assert.deepEqual([known.error?.code, known.submissions.length], [status.PERMISSION_DENIED, 0]);
});

test('a message beyond the bound is refused before it is read whole', async (t) => {
  const outcome: Outcome = { kind: 'stored', accepted: NOTHING, rejections: [] };
  const { error, submissions } = await ask(t, outcome, { body: Buffer.alloc(2000) });
  assert.deepEqual([error?.code, submissions.length], [status.RESOURCE_EXHAUSTED, 0]);
});
