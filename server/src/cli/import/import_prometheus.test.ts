import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { CommandError } from '../http.ts';
import { importCommand } from './import_prometheus.ts';
import { Progress } from './progress.ts';
import { BLOCK } from './test_blocks.ts';

const root = mkdtempSync(join(tmpdir(), 'trilith-import-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** A data directory with copies of the block of `test_blocks.ts`, each under a name of its own. */
function dataDirectory(name: string, blocks: number): string {
  const directory = join(root, name);
  for (let i = 0; i < blocks; i++) {
    const ulid = `${BLOCK.ulid.slice(0, -1)}${i}`;
    mkdirSync(join(directory, ulid, 'chunks'), { recursive: true });
    writeFileSync(join(directory, ulid, 'meta.json'), BLOCK.meta.replaceAll(BLOCK.ulid, ulid));
    writeFileSync(join(directory, ulid, 'index'), Buffer.from(BLOCK.index, 'base64'));
    writeFileSync(join(directory, ulid, 'chunks/000001'), Buffer.from(BLOCK.chunks, 'base64'));
  }
  return directory;
}

type Answer = readonly [status: number, body: object, headers?: Readonly<Record<string, string>>];
const TAKEN: Answer = [200, { samples: 5, histograms: 0, rejections: [] }];
const failure = (code: string): object => ({
  error: { code, message: `${code}!`, setting: null, requestId: '', position: null },
});

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that answers posts with what it is given, one after the other, then with `TAKEN`. */
async function serverOf(answers: readonly Answer[], oldestMs = 0): Promise<{ url: string; posts: () => number }> {
  let posts = 0;
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const answer: Answer =
        request.method === 'GET' ? [200, { oldestMs, retentionDays: 30 }] : (answers[posts++] ?? TAKEN);
      const [status, body, headers = {}] = answer;
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, posts: () => posts };
}

async function run(directory: string, url: string, ...flags: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const args = ['prometheus', directory, '--state', `${directory}.json`, ...flags];
  const code = await importCommand(args, { TRILITH_URL: url }, (line) => lines.push(line));
  return { code, lines };
}

describe('trilith import prometheus', () => {
  test('sends what is there once: a second run has nothing to do', async () => {
    const { url, posts } = await serverOf([]);
    const directory = dataDirectory('once', 3);
    const first = await run(directory, url);
    assert.deepEqual([first.code, posts(), first.lines.at(-1)], [0, 3, 'done: 15 samples of 3 blocks sent']);
    const second = await run(directory, url);
    assert.deepEqual([second.code, posts(), second.lines.at(-1)], [0, 3, 'done: 0 samples of 0 blocks sent']);
    assert.ok(second.lines.includes('3 blocks were imported before'));
  });

  test('waits for a server that is busy or away, as long as it says', async () => {
    const { url, posts } = await serverOf([
      [503, failure('unavailable'), { 'retry-after': '1' }],
      [429, failure('over_quota')],
    ]);
    const started = performance.now();
    assert.equal((await run(dataDirectory('busy', 1), url)).code, 0);
    assert.equal(posts(), 3);
    assert.ok(performance.now() - started > 1_500);
  });

  test('stops when the server takes no more series, and goes on from there', async () => {
    const full: Answer = [
      200,
      { samples: 0, histograms: 0, rejections: [{ reason: 'series_limit', count: 5, message: 'full' }] },
    ];
    const { url, posts } = await serverOf([TAKEN, full]);
    const directory = dataDirectory('full', 3);
    await assert.rejects(run(directory, url), /takes no more series: full\. Raise limits\.active_series/);
    assert.equal((JSON.parse(readFileSync(`${directory}.json`, 'utf8')) as { done: string[] }).done.length, 1);
    const before = posts();
    assert.equal((await run(directory, url)).lines.at(-1), 'done: 10 samples of 2 blocks sent');
    assert.equal(posts() - before, 2);
  });

  test('goes on when single samples are refused, counts them, and says so with its exit code', async () => {
    const rejections = [{ reason: 'label_count', count: 2, message: 'series with 70 labels' }];
    const { url } = await serverOf([[200, { samples: 3, histograms: 0, rejections }]]);
    const { code, lines } = await run(dataDirectory('refused', 2), url);
    assert.equal(code, 1);
    assert.equal(lines.at(-1), 'the server refused 2 of them, the first as label_count: series with 70 labels');
  });

  test('ends with the server’s words when it may not import', async () => {
    const { url } = await serverOf([[403, failure('forbidden')]]);
    await assert.rejects(
      run(dataDirectory('forbidden', 1), url),
      (error) => error instanceof CommandError && error.message === 'forbidden!',
    );
  });

  test('refuses samples that retention would drop, or leaves them out when told to', async () => {
    const { url, posts } = await serverOf([], 1_790_000_010_000);
    const directory = dataDirectory('expired', 1);
    await assert.rejects(run(directory, url), /keeps metrics for 30 days.*--skip-expired/s);
    assert.equal(posts(), 0);
    const { lines } = await run(directory, url, '--skip-expired');
    assert.equal(lines.at(-1), 'done: 2 samples of 1 blocks sent');
  });

  test('does not take a file of something else for its state, nor the state of another server', async () => {
    const { url } = await serverOf([]);
    const directory = dataDirectory('state', 1);
    writeFileSync(`${directory}.json`, 'not json');
    await assert.rejects(run(directory, url), /is not the state of an import.*--state/s);
    const done = { version: 1, server: 'http://elsewhere', done: [`${BLOCK.ulid.slice(0, -1)}0`], blocks: {} };
    writeFileSync(`${directory}.json`, JSON.stringify(done));
    assert.equal((await run(directory, url)).lines.at(-1), 'done: 5 samples of 1 blocks sent');
  });

  test('says how to use it', async () => {
    for (const args of [[], ['prometheus'], ['prometheus', 'a', 'b'], ['thanos', 'a'], ['prometheus', 'a', '--what']])
      await assert.rejects(
        importCommand(args, {}, () => undefined),
        /^CommandError: usage: trilith import prometheus DIRECTORY/,
      );
  });
});

test('progress says samples, rate and time left, now and then', () => {
  const lines: string[] = [];
  let now = 0;
  const progress = new Progress(
    (line) => lines.push(line),
    10_000,
    1_000,
    () => now,
  );
  now = 1_000;
  progress.add(1_000, 'B');
  assert.deepEqual(lines, []);
  now = 5_000;
  progress.add(4_000, 'B');
  assert.deepEqual(lines, ['B: 6,000 of 10,000 samples (60 %), 1,000/s, 00:00:04 left']);
});
