import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

/** A stub of GitLab's API, and the server told of a job by its webhook. */

const TOKEN = 'glpat-stub';
const WEBHOOK_TOKEN = 'webhook-secret';
const NOW_MS = Date.now();
const LINES = ['\u001b[32mInstalling\u001b[0m', 'npm ci', 'ERROR: tests failed'];
let gitlab: Server;
let gitlabUrl: string;
let server: RunningServer;
let directory: string;
/** What the stub answers to the next requests for a log, the last one again and again. */
let answers: number[] = [200];
let asked: { readonly url: string; readonly token: string | undefined }[] = [];

before(async () => {
  gitlab = createServer((request, response) => {
    asked.push({ url: request.url ?? '', token: request.headers['private-token']?.toString() });
    const status = answers.length > 1 ? (answers.shift() ?? 200) : (answers[0] ?? 200);
    response.writeHead(status, { 'content-type': 'text/plain' });
    const seconds = Math.floor(NOW_MS / 1000) - 60;
    response.end(
      `section_start:${seconds}:script\r\u001b[0K${LINES.join('\n')}\nsection_end:${seconds + 5}:script\r\u001b[0K\n`,
    );
  });
  await new Promise<void>((resolve) => gitlab.listen(0, '127.0.0.1', resolve));
  gitlabUrl = `http://127.0.0.1:${(gitlab.address() as AddressInfo).port}`;
  directory = await mkdtemp(join(tmpdir(), 'trilith-ci-'));
  server = await start();
});

after(async () => {
  await server.stop();
  gitlab.close();
  await rm(directory, { recursive: true, force: true });
});

function start(): Promise<RunningServer> {
  return startServer({
    env: {
      TRILITH_DATA: join(directory, 'data'),
      TRILITH_CI_GITLAB_URL: gitlabUrl,
      TRILITH_CI_GITLAB_TOKEN: TOKEN,
      TRILITH_CI_GITLAB_WEBHOOK_TOKEN: WEBHOOK_TOKEN,
    },
  });
}

const iso = (ms: number): string => new Date(ms).toISOString();

async function tell(jobId: number, status: string, token = WEBHOOK_TOKEN): Promise<number> {
  const event = {
    object_kind: 'build',
    ref: 'main',
    sha: 'a'.repeat(40),
    build_id: jobId,
    build_name: 'deploy',
    build_stage: 'deploy',
    build_status: status,
    build_started_at: iso(NOW_MS - 60_000),
    build_finished_at: status === 'running' ? null : iso(NOW_MS - 50_000),
    pipeline_id: 1,
    project_id: 7,
    project: { path_with_namespace: 'shop/cart', web_url: `${gitlabUrl}/shop/cart` },
    environment: { name: 'production' },
    user: { username: 'ada' },
  };
  const response = await fetch(`${server.url}/api/ci/gitlab`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-gitlab-token': token, 'x-gitlab-event': 'Job Hook' },
    body: JSON.stringify(event),
  });
  return response.status;
}

async function linesOf(jobId: number): Promise<string[]> {
  const answer = (await server.get('/loki/api/v1/query_range', {
    query: `{source="gitlab-ci", service="cart"} | job_id="${jobId}"`,
    start: String((NOW_MS - 3_600_000) * 1_000_000),
    direction: 'forward',
  })) as { data: { result: { values: [string, string][] }[] } };
  return answer.data.result
    .flatMap(({ values }) => values)
    .sort(([a], [b]) => Number(BigInt(a) - BigInt(b)))
    .map(([, line]) => line);
}

interface Marker {
  readonly id: string;
  readonly endMs: number | null;
  readonly service: string;
  readonly environment: string;
}

async function markers(): Promise<Marker[]> {
  const range = { from: String(NOW_MS - 3_600_000), to: String(NOW_MS + 3_600_000), service: 'cart' };
  return ((await server.get('/api/changes', range)) as { changes: Marker[] }).changes;
}

test('a job that ended has its log, colours kept, and a deploy is a marker', async () => {
  assert.equal(await tell(11, 'running'), 202);
  assert.deepEqual(
    (await markers()).map(({ id, endMs, service, environment }) => [id, endMs, service, environment]),
    [['gitlab-7-11', null, 'cart', 'production']],
  );
  assert.equal(await tell(11, 'success'), 202);
  assert.equal(await tell(11, 'success'), 202, 'told twice');
  await eventually('the log is there', 10_000, async () => assert.deepEqual(await linesOf(11), LINES));
  assert.deepEqual(
    (await markers()).map(({ endMs }) => endMs),
    [NOW_MS - 50_000],
  );
  assert.deepEqual(asked[0], { url: '/api/v4/projects/7/jobs/11/trace', token: TOKEN });
});

test('a wrong token is turned away, and what is no event is said', async () => {
  assert.equal(await tell(12, 'success', 'wrong-secret'), 401);
  const response = await fetch(`${server.url}/api/ci/gitlab`, {
    method: 'POST',
    headers: { 'x-gitlab-token': WEBHOOK_TOKEN },
    body: '{"object_kind":"build"}',
  });
  assert.equal(response.status, 400);
});

test('a job that was told of is not forgotten by kill -9 before its log could be had', async () => {
  answers = [503];
  asked = [];
  assert.equal(await tell(13, 'failed'), 202);
  await eventually('the log was asked for', 10_000, async () => assert.ok(asked.length > 0));
  process.kill(server.pid, 'SIGKILL');
  await eventually('it is gone', 10_000, async () => assert.equal(server.running(), false));
  answers = [200];
  server = await start();
  await eventually('the log is there', 20_000, async () => assert.deepEqual(await linesOf(13), LINES));
  assert.ok(
    (await markers()).some(({ id }) => id === 'gitlab-7-11'),
    'markers are kept too',
  );
});

test('any tool may tell of a change', async () => {
  const tellChange = (body: unknown): Promise<Response> =>
    fetch(`${server.url}/api/changes`, { method: 'POST', body: JSON.stringify(body) });
  const made = await tellChange({ title: 'flag checkout-v2 on', kind: 'flag', service: 'cart', timeMs: NOW_MS });
  assert.equal(made.status, 201);
  assert.ok((await markers()).some(({ id, endMs }) => id !== '' && endMs === null));
  for (const [bad, message] of [
    [{ title: '' }, /title/],
    [{ title: 'x', kind: 'party' }, /kind/],
    [{ title: 'x', url: 'javascript:alert(1)' }, /http/],
    [{ title: 'x', timeMs: 2, endMs: 1 }, /endMs/],
    [{ title: 'x', other: 1 }, /other/],
  ] as const) {
    const refused = await tellChange(bad);
    assert.equal(refused.status, 400, JSON.stringify(bad));
    assert.match(await refused.text(), message);
  }
});

test('trilith ci in a job: its lines are found by pipeline and commit, its deploy is marked', async () => {
  const main = join(import.meta.dirname, '../../../server/src/main.ts');
  const child = spawn(
    process.execPath,
    [main, 'ci', '--deploy', '--', 'sh', '-c', 'echo building; echo oops >&2; exit 3'],
    {
      env: {
        PATH: process.env.PATH,
        TRILITH_URL: server.url,
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: 'shop/api',
        GITHUB_RUN_ID: '77',
        GITHUB_SHA: 'c0ffee',
        GITHUB_JOB: 'ship',
      },
    },
  );
  const [code] = await once(child, 'exit');
  assert.equal(code, 3);
  await eventually('the lines are there', 10_000, async () => {
    const answer = (await server.get('/loki/api/v1/query_range', {
      query: '{pipeline="77", source="github-actions"} | commit="c0ffee"',
    })) as { data: { result: { values: [string, string][] }[] } };
    const lines = answer.data.result.flatMap(({ values }) => values.map(([, line]) => line)).sort();
    assert.deepEqual(lines, ['building', 'oops']);
  });
  const range = { from: String(NOW_MS - 1_000), to: String(Date.now() + 60_000), service: 'api' };
  const { changes } = (await server.get('/api/changes', range)) as {
    changes: { title: string; endMs: number | null }[];
  };
  assert.ok(changes.some(({ title, endMs }) => title === 'ship (failed)' && endMs !== null));
});
