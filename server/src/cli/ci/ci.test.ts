import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { after, before, beforeEach, test } from 'node:test';
import { CommandError } from '../http.ts';
import { ciCommand } from './ci_command.ts';
import { ciRun } from './environment.ts';
import { sectionsAfter } from './sections.ts';
import { createShipper } from './shipper.ts';

interface Push {
  readonly streams: readonly {
    readonly stream: Readonly<Record<string, string>>;
    readonly values: readonly (readonly [string, string, Readonly<Record<string, string>>])[];
  }[];
}

let server: Server;
let url: string;
let status = 204;
let pushes: Push[] = [];
let changes: Readonly<Record<string, unknown>>[] = [];
let keys: (string | undefined)[] = [];

before(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      keys.push(request.headers.authorization);
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      if (status < 300) {
        if (request.url === '/loki/api/v1/push') pushes.push(body as Push);
        else changes.push(body as Readonly<Record<string, unknown>>);
      }
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => void server.close());

beforeEach(() => {
  status = 204;
  pushes = [];
  changes = [];
  keys = [];
});

function sink(): Writable & { text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString() });
}

const GITLAB = {
  GITLAB_CI: 'true',
  CI_PROJECT_PATH: 'shop/cart',
  CI_COMMIT_REF_NAME: 'main',
  CI_JOB_STAGE: 'test',
  CI_JOB_NAME: 'unit',
  CI_PIPELINE_ID: '99',
  CI_JOB_ID: '11',
  CI_COMMIT_SHA: 'abc',
};

async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  graceMs = 5_000,
): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [sink(), sink()];
  const code = await ciCommand(argv, { env: { ...GITLAB, TRILITH_URL: url, ...env }, out, err, graceMs });
  return { code, out: out.text(), err: err.text() };
}

const script = (text: string): string[] => ['--', process.execPath, '-e', text];

test('output and exit code are the command’s; the lines are sent with labels, section and stream', async () => {
  const source = `process.stdout.write('\\u001b[32mone\\u001b[0m\\r\\n::group::install\\ntwo\\n::endgroup::\\nlast');
    process.stderr.write('bad\\n'); process.exitCode = 3;`;
  const { code, out, err } = await run(script(source), { TRILITH_KEY: 'k' });
  assert.equal(code, 3);
  assert.equal(out, '\u001b[32mone\u001b[0m\r\n::group::install\ntwo\n::endgroup::\nlast');
  assert.equal(err, 'bad\n');
  const streams = pushes.flatMap((push) => push.streams);
  assert.deepEqual(streams[0]?.stream, {
    source: 'gitlab-ci',
    project: 'shop/cart',
    ref: 'main',
    stage: 'test',
    job: 'unit',
    pipeline: '99',
    service_name: 'cart',
  });
  const values = streams.flatMap(({ values: lines }) => lines);
  const ofOutput = values.filter(([, , { stream }]) => stream === 'stdout');
  assert.deepEqual(
    ofOutput.map(([, text, { section }]) => [text, section]),
    [
      ['\u001b[32mone\u001b[0m', undefined],
      ['::group::install', 'install'],
      ['two', 'install'],
      ['::endgroup::', undefined],
      ['last', undefined],
    ],
  );
  assert.deepEqual(
    values
      .filter(([, , { stream }]) => stream === 'stderr')
      .map(([, text, { commit, job_id }]) => [text, commit, job_id]),
    [['bad', 'abc', '11']],
  );
  const times = values.map(([time]) => BigInt(time));
  assert.equal(new Set(times).size, times.length, 'every line has a time of its own');
  assert.ok(keys.every((key) => key === 'Bearer k'));
});

test('a command that a signal ends, or that is not there, ends as a shell would say', async () => {
  assert.equal((await run(script('process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 10000)'))).code, 137);
  const missing = await run(['--', 'no-such-command-here']);
  assert.equal(missing.code, 127);
  assert.match(missing.err, /no-such-command-here/);
});

test('a server that is down or refuses does not fail the job, and the lines that are lost are said', async () => {
  const down = await run(script('console.log(1); console.log(2)'), { TRILITH_URL: 'http://127.0.0.1:1' }, 300);
  assert.deepEqual([down.code, down.out], [0, '1\n2\n']);
  assert.match(down.err, /2 lines of this job could not be sent to http:\/\/127\.0\.0\.1:1/);
  status = 400;
  const refused = await run(script('console.log(1)'));
  assert.equal(refused.code, 0);
  assert.match(refused.err, /1 lines/);
});

test('a deploy is marked from its beginning to its end, a failed one as failed', async () => {
  const { code } = await run([
    '--deploy',
    '--environment',
    'production',
    '--version',
    'v7',
    ...script('process.exit(4)'),
  ]);
  assert.equal(code, 4);
  const [begin, end] = changes;
  assert.equal(begin?.id, end?.id);
  assert.deepEqual(
    [begin?.title, begin?.environment, begin?.version, begin?.service, begin?.endMs],
    ['unit', 'production', 'v7', 'cart', undefined],
  );
  assert.equal(end?.title, 'unit (failed)');
  assert.ok(Number(end?.endMs) >= Number(begin?.timeMs));
});

test('a wrong usage is said, and further labels and the service can be named', async () => {
  for (const argv of [
    [],
    ['--'],
    ['--label', 'x', '--', 'true'],
    ['--nonsense', '--', 'true'],
    ['true'],
    ['--url', '--', 'true'],
    ['--url', 'localhost:3000', '--', 'true'],
  ])
    await assert.rejects(run(argv), CommandError, argv.join(' '));
  await run(['--service', 'api', '--label', 'team=a b', ...script('console.log(1)')]);
  const stream = pushes[0]?.streams[0]?.stream;
  assert.deepEqual([stream?.service_name, stream?.team], ['api', 'a b']);
});

test('the server can be named, which comes before the environment, and the help says so', async () => {
  const { code } = await run(['--url', `${url}/`, ...script('console.log(1)')], { TRILITH_URL: 'http://127.0.0.1:1' });
  assert.equal(code, 0);
  assert.deepEqual(
    pushes[0]?.streams[0]?.values.map(([, text]) => text),
    ['1'],
  );
  assert.match((await run(['--help'])).out, /--url URL .*TRILITH_URL/);
});

test('what cannot be sent at once is sent later, in order, and no more of it is held than the spool', async () => {
  let failures = 2;
  const sent: string[] = [];
  const shipper = createShipper({
    labels: {},
    send: async (body) => {
      if (failures-- > 0) throw new Error('not now');
      const [stream] = (JSON.parse(body) as Push).streams;
      sent.push(...(stream?.values.map(([, text]) => text) ?? []));
      return true;
    },
    firstPauseMs: 1,
    spoolCharacters: 350,
  });
  for (let i = 0; i < 5; i++) shipper.add({ timeNs: BigInt(i), text: `line ${i}`, attributes: {} });
  assert.deepEqual(await shipper.finish(5_000), { lost: 2, reason: 'not now' });
  assert.deepEqual(sent, ['line 0', 'line 1', 'line 2']);
});

test('each CI system’s variables are understood', () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, readonly string[]])[] = [
    [GITLAB, ['gitlab-ci', 'shop/cart', 'main', 'unit', '99', 'abc']],
    [
      {
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: 'shop/cart',
        GITHUB_REF_NAME: 'main',
        GITHUB_JOB: 'unit',
        GITHUB_RUN_ID: '5',
        GITHUB_SHA: 'abc',
      },
      ['github-actions', 'shop/cart', 'main', 'unit', '5', 'abc'],
    ],
    [
      { JENKINS_URL: 'x', JOB_NAME: 'cart', GIT_BRANCH: 'origin/main', BUILD_NUMBER: '5', GIT_COMMIT: 'abc' },
      ['jenkins', 'cart', 'main', 'cart', '5', 'abc'],
    ],
    [
      {
        CIRCLECI: 'true',
        CIRCLE_PROJECT_REPONAME: 'cart',
        CIRCLE_BRANCH: 'main',
        CIRCLE_JOB: 'unit',
        CIRCLE_WORKFLOW_ID: '5',
        CIRCLE_SHA1: 'abc',
      },
      ['circleci', 'cart', 'main', 'unit', '5', 'abc'],
    ],
    [
      {
        CI: 'woodpecker',
        CI_REPO: 'shop/cart',
        CI_COMMIT_BRANCH: 'main',
        CI_STEP_NAME: 'unit',
        CI_PIPELINE_NUMBER: '5',
        CI_COMMIT_SHA: 'abc',
      },
      ['woodpecker', 'shop/cart', 'main', 'unit', '5', 'abc'],
    ],
    [
      {
        CI: 'true',
        DRONE: 'true',
        DRONE_REPO: 'shop/cart',
        DRONE_TAG: 'v1',
        DRONE_BRANCH: 'main',
        DRONE_STEP_NAME: 'unit',
        DRONE_BUILD_NUMBER: '5',
        DRONE_COMMIT_SHA: 'abc',
      },
      ['drone', 'shop/cart', 'v1', 'unit', '5', 'abc'],
    ],
    [
      {
        TEAMCITY_VERSION: '1',
        TEAMCITY_PROJECT_NAME: 'cart',
        TEAMCITY_BUILDCONF_NAME: 'unit',
        BUILD_NUMBER: '5',
        BUILD_VCS_NUMBER: 'abc',
      },
      ['teamcity', 'cart', '', 'unit', '5', 'abc'],
    ],
    [
      {
        BITBUCKET_BUILD_NUMBER: '5',
        BITBUCKET_REPO_FULL_NAME: 'shop/cart',
        BITBUCKET_BRANCH: 'main',
        BITBUCKET_COMMIT: 'abc',
      },
      ['bitbucket-pipelines', 'shop/cart', 'main', '', '5', 'abc'],
    ],
    [{}, ['ci', '', '', '', '', '']],
  ];
  for (const [env, expected] of cases) {
    const { source, project, ref, job, pipeline, commit } = ciRun(env);
    assert.deepEqual([source, project, ref, job, pipeline, commit], expected);
  }
  const github = ciRun({ ...cases[1]?.[0], GITHUB_SERVER_URL: 'https://github.example' });
  assert.equal(github.url, 'https://github.example/shop/cart/actions/runs/5');
});

test('sections open and close by each system’s marks', () => {
  const walk = (lines: readonly string[]): string[] => {
    let open: readonly string[] = [];
    return lines.map((line) => {
      open = sectionsAfter(open, line);
      return open.join('/');
    });
  };
  assert.deepEqual(walk(['::group::a', 'x', '::endgroup::', 'y']), ['a', 'a', '', '']);
  assert.deepEqual(walk(['\u001b[0Ksection_start:1:a\r\u001b[0KA', 'section_start:2:b\r', 'section_end:3:b\r', 'x']), [
    'a',
    'a/b',
    'a',
    'a',
  ]);
  assert.deepEqual(walk(["##teamcity[blockOpened name='t']", 'x', "##teamcity[blockClosed name='t']"]), ['t', 't', '']);
});
