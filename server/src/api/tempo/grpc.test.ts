import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { HttpResponse } from '../../base/http.ts';
import type { IncomingHttp } from '../../base/http_server.ts';
import { encodeProtobuf, type ProtobufJson, type ProtobufShape } from '../../base/protobuf_json.ts';
import { tempoGrpcMethods } from './index.ts';
import {
  QUERY_INSTANT_REQUEST,
  QUERY_RANGE_REQUEST,
  SEARCH_REQUEST,
  TAG_VALUES_REQUEST,
  TAGS_REQUEST,
} from './messages.ts';

const CASES: readonly (readonly [method: string, shape: ProtobufShape, request: ProtobufJson, asked: string])[] = [
  [
    'Search',
    SEARCH_REQUEST,
    { q: '{ status = error }', start: 100, end: 200, limit: 20, spss: 5 },
    '/tempo/api/search?limit=20&start=100&end=200&q={ status = error }&spss=5',
  ],
  [
    'Search',
    SEARCH_REQUEST,
    { tags: { name: 'GET "/"' }, minDurationMs: 5, maxDurationMs: 9 },
    '/tempo/api/search?tags=name="GET \\"/\\""&minDuration=5ms&maxDuration=9ms',
  ],
  ['SearchTags', TAGS_REQUEST, { scope: 'span', start: 1, end: 2 }, '/tempo/api/search/tags?scope=span&start=1&end=2'],
  ['SearchTagsV2', TAGS_REQUEST, { q: '{}', limit: 7 }, '/tempo/api/v2/search/tags?q={}&limit=7'],
  ['SearchTagValues', TAG_VALUES_REQUEST, { tagName: 'service.name' }, '/tempo/api/search/tag/service.name/values?'],
  [
    'SearchTagValuesV2',
    TAG_VALUES_REQUEST,
    { tagName: 'span."a b/c"', q: '{}', start: 1, end: 2 },
    '/tempo/api/v2/search/tag/span."a b/c"/values?q={}&start=1&end=2',
  ],
  [
    'MetricsQueryRange',
    QUERY_RANGE_REQUEST,
    { q: '{} | rate()', start: '100000000000', end: '200000000000', step: '15000000000', exemplars: 10 },
    '/tempo/api/metrics/query_range?q={} | rate()&start=100000000000&end=200000000000&exemplars=10&step=15000000000ns',
  ],
  [
    'MetricsQueryInstant',
    QUERY_INSTANT_REQUEST,
    { q: '{} | rate()', start: '1', end: '2' },
    '/tempo/api/metrics/query?q={} | rate()&start=1&end=2',
  ],
];

function ask(
  name: string,
  message: Uint8Array<ArrayBuffer>,
  answer: (request: IncomingHttp) => Promise<HttpResponse>,
): Promise<Uint8Array> {
  const method = tempoGrpcMethods(answer).find(({ path }) => path === `/tempopb.StreamingQuerier/${name}`);
  assert.ok(method?.streams);
  return method.handler({ message, headers: { authorization: 'Bearer x' }, signal: new AbortController().signal });
}

for (const [name, shape, request, asked] of CASES)
  test(`${name} asks ${asked}, as its caller and for protobuf`, async () => {
    let seen = '';
    const message = await ask(name, encodeProtobuf(shape, request), async ({ path, query, headers }) => {
      seen = `${path}?${[...query].map(([key, value]) => `${key}=${value}`).join('&')}`;
      assert.deepEqual({ ...headers }, { authorization: 'Bearer x', accept: 'application/protobuf' });
      return { status: 200, body: new Uint8Array([1, 2]) };
    });
    assert.deepEqual([seen, [...message]], [asked, [1, 2]]);
  });

test('an answer that is none keeps its words and gets the code of its status', async () => {
  for (const [code, expected] of [
    [400, status.INVALID_ARGUMENT],
    [401, status.UNAUTHENTICATED],
    [503, status.UNAVAILABLE],
    [500, status.INTERNAL],
  ] as const)
    await assert.rejects(
      ask('Search', new Uint8Array(0), async () => ({ status: code, body: 'why\n' })),
      { code: expected, message: 'why' },
    );
  const undecodable = ask('Search', new Uint8Array([1]), () => assert.fail('nothing is asked'));
  await assert.rejects(undecodable, { code: status.INVALID_ARGUMENT });
});
