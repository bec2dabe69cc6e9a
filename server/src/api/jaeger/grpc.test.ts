import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { HttpResponse } from '../../base/http.ts';
import type { IncomingHttp } from '../../base/http_server.ts';
import { encodeProtobuf, type ProtobufJson, type ProtobufShape } from '../../base/protobuf_json.ts';
import { jaegerQueryGrpcMethods } from './index.ts';
import { FIND_TRACES_REQUEST, GET_OPERATIONS_REQUEST, GET_TRACE_REQUEST } from './messages.ts';

const CASES: readonly (readonly [method: string, shape: ProtobufShape, request: ProtobufJson, asked: string])[] = [
  ['GetTrace', GET_TRACE_REQUEST, { traceId: 'abc' }, '/jaeger/api/v3/traces/abc?'],
  ['GetServices', {}, {}, '/jaeger/api/v3/services?'],
  [
    'GetOperations',
    GET_OPERATIONS_REQUEST,
    { service: 'shop', spanKind: 'server' },
    '/jaeger/api/v3/operations?service=shop&spanKind=server',
  ],
  [
    'FindTraces',
    FIND_TRACES_REQUEST,
    {
      query: {
        serviceName: 'shop',
        attributes: { 'http.status_code': '500' },
        startTimeMin: { seconds: '1790000000', nanos: 5 },
        startTimeMax: { seconds: '1790000060' },
        durationMin: { seconds: '1', nanos: 500_000_000 },
        searchDepth: 20,
      },
    },
    '/jaeger/api/v3/traces?query.serviceName=shop&query.searchDepth=20&query.attributes={"http.status_code":"500"}&query.startTimeMin=2026-09-21T14:13:20.000000005Z&query.startTimeMax=2026-09-21T14:14:20.000000000Z&query.durationMin=1500000000ns',
  ],
];

function ask(
  name: string,
  message: Uint8Array<ArrayBuffer>,
  answer: (request: IncomingHttp) => Promise<HttpResponse>,
): Promise<Uint8Array> {
  const method = jaegerQueryGrpcMethods(answer).find(({ path }) => path === `/jaeger.api_v3.QueryService/${name}`);
  assert.ok(method);
  return method.handler({ message, headers: {}, signal: new AbortController().signal });
}

for (const [name, shape, request, asked] of CASES)
  test(`${name} asks ${asked}`, async () => {
    let seen = '';
    const message = await ask(name, encodeProtobuf(shape, request), async ({ path, query, headers }) => {
      seen = `${path}?${[...query].map(([key, value]) => `${key}=${value}`).join('&')}`;
      assert.equal(headers.accept, 'application/protobuf');
      return { status: 200, body: new Uint8Array([1]) };
    });
    assert.deepEqual([seen, [...message]], [asked, [1]]);
  });

test('a trace nobody has is NOT_FOUND, in the words of the API', async () => {
  const answer = async (): Promise<HttpResponse> => ({
    status: 404,
    body: JSON.stringify({ error: { httpCode: 404, message: 'No "traces" found' } }),
  });
  await assert.rejects(ask('GetTrace', new Uint8Array(0), answer), {
    code: status.NOT_FOUND,
    message: 'No "traces" found',
  });
});
