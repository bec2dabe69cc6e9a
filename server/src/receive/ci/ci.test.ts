import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../base/secret.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import type { Submission } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { sectionRows } from '../../store/index.ts';
import { TraceError } from './fetch_trace.ts';
import { CiEventError, type CiJob, parseKeptJob, readGitlabEvent } from './gitlab_event.ts';
import { createJobQueue, decodeCiLog, deploymentOf, storeTrace, type WantedJob } from './index.ts';
import { readTrace } from './trace_lines.ts';

const START_MS = Date.UTC(2026, 10, 22, 8, 0, 0);

/** As GitLab 18 sends it, shortened. */
const EVENT = {
  object_kind: 'build',
  ref: 'main',
  tag: false,
  sha: '9c1f5f2d0f7b4f3f8f0d2f6f1d1f0a1b2c3d4e5f',
  build_id: 4711,
  build_name: 'deploy-production',
  build_stage: 'deploy',
  build_status: 'success',
  build_started_at: '2026-11-22 08:00:00 UTC',
  build_finished_at: '2026-11-22 08:00:42 UTC',
  pipeline_id: 99,
  project_id: 7,
  project_name: 'Shop / Payments API',
  user: { id: 1, name: 'Ada', username: 'ada' },
  repository: { name: 'Payments API', homepage: 'https://gitlab.example/shop/payments-api' },
  project: { path_with_namespace: 'shop/payments-api', web_url: 'https://gitlab.example/shop/payments-api' },
  environment: { name: 'production', action: 'start', deployment_tier: 'production' },
};

const bytes = (value: unknown): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(JSON.stringify(value)));

function job(more: Partial<CiJob> = {}): CiJob {
  const read = readGitlabEvent(bytes(EVENT));
  assert.ok(read !== null);
  return { ...read, ...more };
}

test('a job event is read, older ones without a project and with their own times too', () => {
  assert.deepEqual(job(), {
    projectId: 7,
    project: 'shop/payments-api',
    jobId: 4711,
    name: 'deploy-production',
    stage: 'deploy',
    status: 'success',
    ref: 'main',
    isTag: false,
    commit: EVENT.sha,
    pipelineId: 99,
    startedMs: START_MS,
    finishedMs: START_MS + 42_000,
    environment: 'production',
    user: 'ada',
    url: 'https://gitlab.example/shop/payments-api/-/jobs/4711',
  });
  const { project: _, environment: __, ...old } = EVENT;
  const read = readGitlabEvent(bytes({ ...old, build_finished_at: null, environment: null }));
  assert.deepEqual([read?.project, read?.finishedMs, read?.environment], ['shop/payments-api', null, '']);
  assert.deepEqual(parseKeptJob(JSON.parse(JSON.stringify(job()))), job());
  assert.equal(parseKeptJob({ projectId: 1 }), undefined);
});

test('other events are none of our business, and what is no event is said', () => {
  assert.equal(readGitlabEvent(bytes({ object_kind: 'push' })), null);
  for (const body of [bytes('x'), bytes({ ...EVENT, build_id: 'x' }), new Uint8Array(Buffer.from('{'))])
    assert.throws(() => readGitlabEvent(body), CiEventError);
});

test('lines have the times and sections of the log; colours are kept, marks are not shown', () => {
  const seconds = START_MS / 1000;
  const trace = [
    '\u001b[0KRunning with gitlab-runner 18.0\u001b[0;m',
    `section_start:${seconds + 5}:build[collapsed=true]\r\u001b[0K\u001b[32;1mBuilding\u001b[0;m`,
    'compiling',
    `section_start:${seconds + 6}:inner\r\u001b[0K`,
    'deep',
    `section_end:${seconds + 7}:inner\r\u001b[0K`,
    'ERROR: no such file',
    `section_end:${seconds + 9}:build\r\u001b[0K`,
    'Job failed\r',
    '',
  ].join('\n');
  const { lines, after } = readTrace(trace, { line: 0, timeNs: BigInt(START_MS) * 1_000_000n, sections: [] });
  assert.deepEqual(
    lines.map(({ number, text, section, timeNs }) => [number, text, section, Number(timeNs / 1_000_000n) - START_MS]),
    [
      [1, '\u001b[0KRunning with gitlab-runner 18.0\u001b[0;m', '', 0],
      [2, '\u001b[32;1mBuilding\u001b[0;m', 'build', 5_000],
      [3, 'compiling', 'build', 5_000],
      [4, 'deep', 'inner', 6_000],
      [5, 'ERROR: no such file', 'build', 7_000],
      [6, 'Job failed', '', 9_000],
    ],
  );
  const times = lines.map(({ timeNs }) => timeNs);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => Number(a - b)),
  );
  assert.equal(new Set(times).size, times.length, 'every line has a time of its own');
  assert.deepEqual([after.line, after.sections], [6, []]);
});

test('timestamps of the runner are each line’s own, and what was written in pieces is one line', () => {
  const { lines } = readTrace(
    [
      '2026-11-22T08:00:01.000001Z 00O one',
      '2026-11-22T08:00:02.500000Z 00E to',
      '2026-11-22T08:00:02.600000Z 00E+gether',
      '2026-11-22T08:00:03.000000Z 01O ',
    ].join('\n'),
    { line: 0, timeNs: 0n, sections: [] },
  );
  assert.deepEqual(
    lines.map(({ text, timeNs, isError }) => [text, timeNs - BigInt(START_MS) * 1_000_000n, isError]),
    [
      ['one', 1_000_001_000n, false],
      ['together', 2_500_000_000n, true],
    ],
  );
});

test('a log is stored in parts that make one, under the labels of its job', async () => {
  const line = `${'x'.repeat(99)}\n`;
  const trace = new Uint8Array(Buffer.from(`section_start:${START_MS / 1000}:all\r\u001b[0K\n${line.repeat(60_000)}`));
  const context = {
    nowMs: START_MS + 60_000,
    storedUntilMs: 0,
    limits: DEFAULT_DECODE_LIMITS,
    series: createMapInterner(),
    streams: createMapInterner(),
  };
  const rows: Readonly<Record<string, unknown>>[] = [];
  const places: (string | undefined)[] = [];
  const asked: unknown[] = [];
  const stored = await storeTrace(
    job(),
    't',
    { url: 'https://gitlab.example/', token: new Secret('secret') },
    {
      send: async (url, { headers }) => {
        asked.push([url, headers?.['private-token']]);
        return { status: 200, headers: {}, body: trace, url };
      },
    },
    async ({ body, meta, place }: Submission) => {
      const decoded = decodeCiLog(body, context, meta);
      rows.push(...decoded.sections.flatMap(sectionRows));
      places.push(place);
      return { kind: 'stored', accepted: decoded.accepted, rejections: decoded.rejections, report: decoded.report };
    },
  );
  assert.deepEqual(asked, [['https://gitlab.example/api/v4/projects/7/jobs/4711/trace', 'secret']]);
  assert.equal(stored, 60_000);
  assert.deepEqual(places, ['gitlab 7 4711 0', 'gitlab 7 4711 1']);
  assert.equal(rows.length, 60_000);
  const last = rows.at(-1);
  assert.deepEqual(last?.LogAttributes, {
    job_id: '4711',
    commit: EVENT.sha,
    environment: 'production',
    line: '60000',
    section: 'all',
  });
  assert.deepEqual(context.streams.labels(0), [
    'job',
    'deploy-production',
    'pipeline',
    '99',
    'project',
    'shop/payments-api',
    'ref',
    'main',
    'service_name',
    'payments-api',
    'source',
    'gitlab-ci',
    'stage',
    'deploy',
  ]);
});

test('a deployment is what environment, stage or name say is one', () => {
  const cases: readonly (readonly [Partial<CiJob>, readonly [string, boolean, number | null] | undefined])[] = [
    [{}, ['deploy-production', false, START_MS + 42_000]],
    [{ status: 'running' }, ['deploy-production', false, null]],
    [{ status: 'failed' }, ['deploy-production (failed)', false, START_MS + 42_000]],
    [{ name: 'rollback', environment: '' }, ['rollback', true, START_MS + 42_000]],
    [{ name: 'x', stage: 'release' }, ['x', false, START_MS + 42_000]],
    [{ name: 'unit', stage: 'test', environment: '' }, undefined],
    [{ name: 'undeployed', stage: 'test', environment: '' }, undefined],
    [{ status: 'pending' }, undefined],
    [{ startedMs: null, finishedMs: null }, undefined],
  ];
  for (const [more, expected] of cases) {
    const deployment = deploymentOf(job(more));
    const shown = deployment && [deployment.title, deployment.isRollback, deployment.endMs];
    assert.deepEqual(shown, expected, JSON.stringify(more));
  }
  assert.equal(deploymentOf(job({ status: 'running' }))?.id, deploymentOf(job())?.id);
});

interface Told {
  readonly kept: Map<string, WantedJob>;
  readonly told: string[];
}

function queueOf(
  store: (job: CiJob) => Promise<number>,
  kept = new Map<string, WantedJob>(),
): Told & ReturnType<typeof createJobQueue> {
  const told: string[] = [];
  const queue = createJobQueue({
    keep: async (id, wanted) => void kept.set(id, wanted),
    kept: async () => kept,
    store,
    pausesMs: [1, 1],
    onStored: (_, lines) => told.push(`stored ${lines}`),
    onGivenUp: (_, error) => told.push(`given up: ${error.message}`),
    onRetry: (_, error) => told.push(`retry: ${error.message}`),
  });
  return { ...queue, kept, told };
}

async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 1));
}

test('a log that cannot be had is asked for again, one that never can be is given up', async () => {
  let attempts = 0;
  const later = queueOf(async () => {
    if (++attempts < 3) throw new TraceError(true, 'not yet');
    return 5;
  });
  await later.want(job());
  await until(() => later.kept.get('gitlab-7-4711')?.state === 'stored');
  assert.deepEqual(later.told, ['retry: not yet', 'retry: not yet', 'stored 5']);
  const never = queueOf(() => Promise.reject(new TraceError(false, 'forbidden')));
  await never.want(job());
  await until(() => never.kept.get('gitlab-7-4711')?.state === 'given-up');
  assert.deepEqual(never.told, ['given up: forbidden']);
  const tired = queueOf(() => Promise.reject(new TraceError(true, 'not yet')));
  await tired.want(job());
  await until(() => tired.kept.get('gitlab-7-4711')?.state === 'given-up');
});

test('what an earlier process was told of is gone on with', async () => {
  const kept = new Map<string, WantedJob>([
    ['a', { job: job({ jobId: 1 }), state: 'wanted' }],
    ['b', { job: job({ jobId: 2 }), state: 'stored' }],
  ]);
  const asked: number[] = [];
  const queue = queueOf(async ({ jobId }) => asked.push(jobId), kept);
  await queue.resume();
  await until(() => kept.get('gitlab-7-1')?.state === 'stored');
  assert.deepEqual(asked, [1]);
});
