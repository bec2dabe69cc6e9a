import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createAccess, type KeyRecord } from './access.ts';

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');
const keys: readonly KeyRecord[] = [
  { name: 'agent', sha256: sha256('k-ingest'), role: 'ingest', tenant: 'payments' },
  { name: 'eyes', sha256: sha256('k-view'), role: 'viewer', tenant: 'payments' },
  { name: 'root', sha256: sha256('k-admin'), role: 'admin', tenant: 'trilith' },
];

test('without keys everyone is the local administrator', () => {
  const access = createAccess([]);
  assert.equal(access.open, true);
  assert.equal(access.authenticate({})?.role, 'admin');
});

test('a key is found as bearer token, basic password, API key of Elasticsearch and header, and brings its own tenant', () => {
  const access = createAccess(keys);
  const basic = `Basic ${Buffer.from('anyone:k-ingest').toString('base64')}`;
  const apiKey = `ApiKey ${Buffer.from('id:k-ingest').toString('base64')}`;
  for (const headers of [
    { authorization: 'Bearer k-ingest' },
    { authorization: basic },
    { authorization: apiKey },
    { 'x-api-key': 'k-ingest' },
  ]) {
    assert.deepEqual(access.authenticate({ ...headers, 'x-scope-orgid': 'other' }), {
      name: 'agent',
      role: 'ingest',
      tenant: 'payments',
    });
  }
});

test('no key and a wrong key are nobody', () => {
  const access = createAccess(keys);
  for (const headers of [
    {},
    { authorization: 'Bearer nope' },
    { authorization: 'Basic !!' },
    { authorization: 'Bearer ' },
  ]) {
    assert.equal(access.authenticate(headers), null);
  }
});

const allowed: readonly (readonly [KeyRecord['role'], readonly boolean[]])[] = [
  ['ingest', [true, false, false]],
  ['viewer', [false, true, false]],
  ['admin', [true, true, true]],
];
for (const [role, expected] of allowed) {
  test(`${role} may do exactly what its role says`, () => {
    const access = createAccess(keys);
    const principal = { name: 'x', role, tenant: 't' };
    assert.deepEqual(
      (['ingest', 'read', 'admin'] as const).map((needed) => access.allows(principal, needed)),
      expected,
    );
  });
}
