import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Access, createAccess } from '../access/index.ts';
import type { IncomingUpgrade } from '../base/http_server.ts';
import { createLogger } from '../base/telemetry/log.ts';
import { createTails } from './tails.ts';

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');
const keyed = createAccess([
  { name: 'agent', role: 'ingest', tenant: 'trilith', sha256: sha256('ingest-key') },
  { name: 'person', role: 'viewer', tenant: 'trilith', sha256: sha256('viewer-key') },
]);
const STARTING = undefined;

function setup(access: Access) {
  const log = createLogger({ service: 'test', level: 'FATAL', write: () => undefined });
  return createTails({
    access,
    ingest: { flush: async () => undefined },
    connection: () => STARTING,
    querySeconds: 1,
    log,
  });
}

const request = (path: string, headers: Readonly<Record<string, string>> = {}): IncomingUpgrade =>
  ({
    method: 'GET',
    path,
    headers: { host: '127.0.0.1:3000', ...headers },
    query: new URLSearchParams({ query: '{a="b"}' }),
  }) as unknown as IncomingUpgrade;

const TAIL = '/loki/api/v1/tail';
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const CASES: readonly (readonly [what: string, request: IncomingUpgrade, status: number])[] = [
  ['another path', request('/loki/api/v1/query', bearer('viewer-key')), 404],
  ['no key', request(TAIL), 401],
  ['a wrong key', request(TAIL, bearer('x')), 401],
  ['a key that may only send', request(TAIL, bearer('ingest-key')), 403],
  ['a page of another origin', request(TAIL, { ...bearer('viewer-key'), origin: 'https://evil.example' }), 403],
  ['an origin that is none', request(TAIL, { ...bearer('viewer-key'), origin: 'null' }), 403],
  ['a store that is starting', request(TAIL, { ...bearer('viewer-key'), origin: 'http://127.0.0.1:3000' }), 503],
];

for (const [what, asked, status] of CASES) {
  test(`a tail is refused with ${status}: ${what}`, async () => {
    const tails = setup(keyed);
    assert.equal((await tails.upgrade(asked))?.status, status);
    assert.equal(tails.count, 0);
    await tails.close();
  });
}

test('sections cost nothing while nobody tails', async () => {
  const tails = setup(keyed);
  const block = new Uint8Array(8);
  tails.take('trilith', [{ table: 'otel_logs', partition: 20_000 as never, rows: 1, block }]);
  assert.equal(block.byteLength, 8);
  await tails.close();
});
