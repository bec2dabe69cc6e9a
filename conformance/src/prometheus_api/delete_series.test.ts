import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { remoteWrite } from '../limits/requests.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

let server: RunningServer;
const START = Date.now() - 600_000;

before(async () => {
  server = await startServer();
});

after(() => server.stop());

async function send(metric: string, values: readonly number[], startMs = START): Promise<void> {
  const samples = values.map((value, i) => [value, startMs + i * 15_000] as const);
  const { path, headers, body } = remoteWrite([{ labels: { __name__: metric, job: 'deletion' }, samples }]);
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: Uint8Array.from(body) });
  assert.equal(response.status, 204);
}

async function remove(parameters: Readonly<Record<string, string>>): Promise<number> {
  const body = new URLSearchParams(parameters);
  return (await fetch(`${server.url}/api/v1/admin/tsdb/delete_series`, { method: 'POST', body })).status;
}

async function values(query: string): Promise<readonly string[]> {
  const answer = (await server.get('/api/v1/query', { query })) as {
    readonly data: { readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[] };
  };
  return answer.data.result.flatMap((one) => one.values.map(([, value]) => value));
}

async function names(): Promise<readonly string[]> {
  const answer = (await server.get('/api/v1/label/__name__/values')) as { readonly data: readonly string[] };
  return answer.data;
}

test('a stretch of a series is gone with the answer, the rest of it and other series stay', async () => {
  await send('part', [0, 1, 2, 3, 4, 5]);
  await send('other', [7, 8]);
  const [start, end] = [START / 1000 + 15, START / 1000 + 45];
  assert.equal(await remove({ 'match[]': 'part', start: String(start), end: String(end) }), 204);
  assert.deepEqual(await values('part[1h]'), ['0', '4', '5']);
  assert.deepEqual(await values('other[1h]'), ['7', '8']);
});

test('a series without data is in no list, and comes back with its next sample', async () => {
  await send('whole', [1, 2, 3]);
  assert.ok((await names()).includes('whole'));
  assert.equal(await remove({ 'match[]': '{__name__="whole"}' }), 204);
  assert.deepEqual(await values('whole[1h]'), []);
  assert.ok(!(await names()).includes('whole'));
  await send('whole', [9], Date.now());
  await eventually('the series is back', 5_000, async () => {
    assert.deepEqual(await values('whole[1h]'), ['9']);
    assert.ok((await names()).includes('whole'));
  });
});

test('a graph that was drawn before is drawn anew', async () => {
  await send('drawn', [1, 2, 3, 4]);
  const range = { start: String(START / 1000), end: String(START / 1000 + 45), step: '15' };
  const drawn = async (): Promise<string> =>
    JSON.stringify(await server.get('/api/v1/query_range', { query: 'sum(drawn)', ...range }));
  assert.match(await drawn(), /"4"\]\]/);
  assert.equal(await remove({ 'match[]': 'drawn', start: String(START / 1000 + 30) }), 204);
  assert.doesNotMatch(await drawn(), /"[34]"/);
});

test('cleaning takes it off the disk, and a snapshot of blocks is refused with what to use instead', async () => {
  const post = (path: string) => fetch(`${server.url}/api/v1/admin/tsdb/${path}`, { method: 'POST' });
  assert.equal((await post('clean_tombstones')).status, 204);
  assert.deepEqual(await values('part[1h]'), ['0', '4', '5']);
  const refused = await post('snapshot');
  assert.equal(refused.status, 422);
  assert.match(await refused.text(), /api\/admin\/backup/);
});
