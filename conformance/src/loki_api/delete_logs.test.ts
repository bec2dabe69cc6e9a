import assert from 'node:assert/strict';
import { after, before as beforeAll, test } from 'node:test';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { filesWith, isReplaced } from './data_search.ts';

let server: RunningServer;
const DAY = 86_400_000;
const NOW = Date.now();

beforeAll(async () => {
  server = await startServer();
  // Bodies a person can be told by, over several days; compression must not be what hides them.
  for (const [i, user] of ['7', '8'].entries()) {
    const values = Array.from({ length: 5 }, (_, day) => [
      String(BigInt(NOW - day * DAY - 60_000) * 1_000_000n + BigInt(i)),
      JSON.stringify({ msg: `paid by card, receipt ${marker(user, day)}`, user_id: user }),
    ]);
    await push({ service: 'payments-api' }, values);
  }
  await push({ service: 'one', user_id: 'labelled' }, [[String(BigInt(NOW) * 1_000_000n), marker('labelled', 0)]]);
});

after(() => server.stop());

/** Text that occurs nowhere else. */
function marker(user: string, day: number): string {
  return Buffer.from(`${user}:${day}:${'qz'.repeat(4)}`)
    .toString('hex')
    .split('')
    .reverse()
    .join('');
}

async function push(stream: Readonly<Record<string, string>>, values: readonly (readonly string[])[]): Promise<void> {
  const body = JSON.stringify({ streams: [{ stream, values }] });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/loki/api/v1/push`, { method: 'POST', headers, body });
  assert.equal(response.status, 204, await response.text());
}

const range = { start: String(NOW / 1000 - 10 * 86_400), limit: '100' };

async function lines(query: string): Promise<readonly string[]> {
  const answer = (await server.get('/loki/api/v1/query_range', { ...range, query })) as {
    readonly data: { readonly result: readonly { readonly values: readonly (readonly [string, string])[] }[] };
  };
  return answer.data.result.flatMap(({ values }) => values.map(([, line]) => line));
}

async function remove(parameters: Readonly<Record<string, string>>, method = 'POST'): Promise<Response> {
  return fetch(`${server.url}/loki/api/v1/delete?${new URLSearchParams(parameters)}`, { method });
}

test('a person’s lines of all days are gone with the answer; other lines stay', async () => {
  await eventually('everything is in the store', 10_000, async () => {
    assert.equal((await lines('{service="payments-api"}')).length, 10);
  });
  const before = filesWith(server.data, marker('7', 3));
  assert.ok(
    before.some((path) => path.endsWith('.wal')) && before.some((path) => path.endsWith('.bin')),
    before.join(),
  );
  const answer = await remove({ query: '{user_id="7"}', start: String(Math.floor(NOW / 1000) - 10 * 86_400) });
  assert.equal(answer.status, 204, await answer.text());
  assert.deepEqual(await lines('{user_id="7"}'), []);
  assert.equal((await lines('{service="payments-api"}')).length, 5);
});

test('what only the pipeline can tell is deleted by it', async () => {
  const query = `{service="payments-api"} | json | msg =~ ".*${marker('8', 2)}"`;
  const answer = await remove({ query, start: String(Math.floor(NOW / 1000) - 10 * 86_400) }, 'PUT');
  assert.equal(answer.status, 204, await answer.text());
  assert.deepEqual(await lines(query), []);
  assert.equal((await lines('{service="payments-api"}')).length, 4);
});

test('a stream without records is in no list', async () => {
  const values = async () => ((await server.get('/loki/api/v1/label/user_id/values')) as { data: string[] }).data;
  await eventually('the stream is known', 5_000, async () => assert.ok((await values()).includes('labelled')));
  assert.equal((await remove({ query: '{user_id="labelled"}', start: '0' })).status, 204);
  assert.ok(!(await values()).includes('labelled'));
});

test('requests are listed, and processed when nothing of them is left in the data directory', async () => {
  const list = async () => (await server.get('/loki/api/v1/delete')) as Readonly<Record<string, unknown>>[];
  assert.deepEqual((await list()).map(({ query }) => query).slice(0, 1), ['{user_id="7"}']);
  await eventually('all are processed', 20_000, async () => {
    assert.deepEqual(
      (await list()).map(({ status }) => status),
      ['processed', 'processed', 'processed'],
    );
  });
  assert.equal((await remove({ request_id: String((await list())[0]?.request_id) }, 'DELETE')).status, 400);
  assert.equal((await remove({ request_id: 'unheard' }, 'DELETE')).status, 404);
  const holding = (): string[] =>
    Array.from({ length: 5 }, (_, day) => filesWith(server.data, marker('7', day))).flat();
  await eventually('no file in use holds the lines', 30_000, async () =>
    assert.deepEqual(
      holding().filter((path) => !isReplaced(path)),
      [],
    ),
  );
  // Files the engine has replaced it drops after half a minute, if it finds the time.
  const others = filesWith(server.data, marker('8', 1));
  assert.ok(others.length > 0, 'lines that stay are found where the deleted ones were looked for');
  assert.equal((await lines('{user_id="8"}')).length, 4);
});

const REFUSED: readonly (readonly [parameters: Readonly<Record<string, string>>, message: RegExp])[] = [
  [{ start: '0' }, /^query not set/],
  [{ query: '{a="b"}' }, /^start time not set/],
  [{ query: '{a="b"', start: '0' }, /^parse error/],
  [{ query: 'rate({a="b"}[1m])', start: '0' }, /^unsupported query/],
  [{ query: '{a="b"}', start: '2', end: '1' }, /^start time can't be greater/],
  [{ query: '{a="b"}', start: '0', end: '9999999999' }, /^deletes in the future/],
];

for (const [parameters, message] of REFUSED) {
  test(`refused: ${JSON.stringify(parameters)}`, async () => {
    const answer = await remove(parameters);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), message);
  });
}
