import assert from 'node:assert/strict';
import {
  access,
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { diskFiles } from '../base/files.ts';
import { ProtobufReader } from '../base/protobuf.ts';
import { createTelemetry } from '../base/telemetry/telemetry.ts';
import { DeliveryQueue } from './delivery_queue.ts';
import { encodeResource } from './log_batch.ts';
import type { LineFormat, LogSource } from './log_source.ts';
import { LogSpool } from './log_spool.ts';
import { Positions } from './positions.ts';
import { stackTraceGrouping } from './stack_traces.ts';
import { tailTelemetry } from './tail_telemetry.ts';
import { Tailer } from './tailer.ts';

const PLAIN: LineFormat = { container: false, grouping: undefined, encoding: undefined };

/** The bodies of the records of an ExportLogsServiceRequest, by field numbers. */
function bodiesOf(request: Uint8Array<ArrayBuffer>): string[] {
  const bodies: string[] = [];
  const walk = (start: number, end: number, path: readonly number[]): void => {
    const reader = new ProtobufReader(request, start, end);
    while (!reader.done) {
      const tag = reader.tag();
      if ((tag & 7) !== 2) {
        reader.skip(tag);
        continue;
      }
      const stop = reader.lengthEnd();
      const place = [...path, tag >>> 3].join('.');
      if (place === '1.2.2.5.1') bodies.push(Buffer.from(request.subarray(reader.position, stop)).toString());
      else if (['1', '1.2', '1.2.2', '1.2.2.5'].includes(place)) walk(reader.position, stop, [...path, tag >>> 3]);
      reader.position = stop;
    }
  };
  walk(0, request.length, []);
  return bodies;
}

interface Setup {
  readonly logs: string;
  /** Starts an agent's reading half on the same data; ends the one before as a crash would when told so. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Waits until it is durable which files are followed. */
  followed(): Promise<void>;
  /** Lines in the queue, in order, over all starts. Waits until there are this many. */
  lines(count: number): Promise<string[]>;
  blocked: boolean;
}

async function setup(t: TestContext, source: Partial<LogSource> = {}): Promise<Setup> {
  const root = await mkdtemp(join(tmpdir(), 'trilith-agent-'));
  const logs = join(root, 'logs');
  await mkdir(logs);
  const { log, metrics } = createTelemetry({ version: '0', write: () => undefined });
  const telemetry = tailTelemetry(metrics);
  const resource = encodeResource([['service.name', 'test']]);
  let running: { tailer: Tailer; queue: DeliveryQueue; positions: Positions } | undefined;
  const state: Setup = {
    logs,
    blocked: false,
    async start() {
      const positions = await Positions.open(diskFiles, root);
      const queue = await DeliveryQueue.open({
        files: diskFiles,
        directory: join(root, 'queue'),
        maxBytes: 1 << 30,
        segmentBytes: 1 << 20,
        log,
        now: Date.now,
        onFound: (seq, header) => positions.replay(seq, header),
        beforeRemoval: () => positions.save(),
        onPoison: (error) => {
          throw error;
        },
      });
      const spool = new LogSpool({ queue, positions, batchBytes: 1 << 20, batchMs: 10, now: Date.now });
      const tailer = new Tailer({
        sources: [
          {
            patterns: [`${logs}/*.log`],
            exclude: [],
            format: PLAIN,
            fromEnd: false,
            originOf: () => ({ resource, wants: () => true }),
            ...source,
          },
        ],
        positions,
        spool,
        full: () => state.blocked,
        maxLineBytes: 1024,
        joinMs: 100,
        log,
        telemetry,
        now: Date.now,
      });
      tailer.start();
      running = { tailer, queue, positions };
    },
    async stop() {
      await running?.tailer.stop();
      await running?.queue.close();
      running = undefined;
    },
    async followed() {
      const deadline = performance.now() + 15_000;
      for (;;) {
        try {
          return await access(join(root, 'positions.json'));
        } catch (error) {
          if (performance.now() > deadline) throw error;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    },
    async lines(count) {
      const deadline = performance.now() + 15_000;
      for (;;) {
        const lines = running === undefined ? [] : await queued(running.queue);
        if (lines.length >= count) return lines;
        if (performance.now() > deadline)
          assert.fail(`${lines.length} of ${count} lines: ${JSON.stringify(lines.slice(-5))}`);
        await Promise.race([running?.queue.changed, new Promise((resolve) => setTimeout(resolve, 50))]);
      }
    },
  };
  t.after(async () => {
    await state.stop();
    await rm(root, { recursive: true });
  });
  return state;
}

async function queued(queue: DeliveryQueue): Promise<string[]> {
  const lines: string[] = [];
  for (const frame of queue.waiting()) {
    const entry = await queue.read(frame);
    assert.ok(entry);
    lines.push(...bodiesOf(Uint8Array.from(zstdDecompressSync(entry.body))));
  }
  return lines;
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `line ${String(from + i).padStart(6, '0')}`);
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

test('lines are read as they are written, whole ones only', async (t) => {
  const agent = await setup(t);
  await writeFile(join(agent.logs, 'a.log'), 'one\ntwo\nhal');
  await agent.start();
  assert.deepEqual(await agent.lines(2), ['one', 'two']);
  await appendFile(join(agent.logs, 'a.log'), 'f\nfour\r\n\nsix\n');
  assert.deepEqual(await agent.lines(6), ['one', 'two', 'half', 'four', '', 'six']);
});

test('a file that appears later is read from its beginning, a link to it too, and each once', async (t) => {
  const agent = await setup(t);
  await agent.start();
  await mkdir(join(agent.logs, 'pods'));
  await writeFile(join(agent.logs, 'pods/0.log'), 'one\n');
  await symlink(join(agent.logs, 'pods/0.log'), join(agent.logs, 'link.log'));
  await symlink(join(agent.logs, 'pods/0.log'), join(agent.logs, 'other-name.log'));
  assert.deepEqual(await agent.lines(1), ['one']);
  await appendFile(join(agent.logs, 'pods/0.log'), 'two\n');
  assert.deepEqual(await agent.lines(2), ['one', 'two']);
});

test('renamed and made anew: the rest of the old file and all of the new one', async (t) => {
  const agent = await setup(t);
  const path = join(agent.logs, 'a.log');
  await writeFile(path, text(numbered(0, 10)));
  await agent.start();
  await agent.lines(10);
  agent.blocked = true;
  await appendFile(path, text(numbered(10, 20)));
  await rename(path, `${path}.1`);
  await writeFile(path, text(numbered(20, 30)));
  agent.blocked = false;
  assert.deepEqual((await agent.lines(30)).sort(), numbered(0, 30));
});

test('a file that is removed is read to its end', async (t) => {
  const agent = await setup(t);
  const path = join(agent.logs, 'a.log');
  await writeFile(path, 'one\n');
  await agent.start();
  await agent.lines(1);
  agent.blocked = true;
  await appendFile(path, 'two\nthree\n');
  await unlink(path);
  agent.blocked = false;
  assert.deepEqual(await agent.lines(3), ['one', 'two', 'three']);
});

for (const copyName of ['a.log.1', 'a-20261122.log']) {
  test(`copied to ${copyName} and emptied: what was not read is read from the copy, and nothing twice`, async (t) => {
    const agent = await setup(t, {});
    const path = join(agent.logs, 'a.log');
    await writeFile(path, text(numbered(0, 1000)));
    await agent.start();
    await agent.lines(1000);
    agent.blocked = true;
    await appendFile(path, text(numbered(1000, 1100)));
    await copyFile(path, join(agent.logs, copyName));
    await truncate(path, 0);
    await appendFile(path, text(numbered(1100, 1150)));
    agent.blocked = false;
    assert.deepEqual((await agent.lines(1150)).sort(), numbered(0, 1150));
    // The copy is looked at again and again; it must stay read.
    await appendFile(path, text(numbered(1150, 1160)));
    assert.deepEqual((await agent.lines(1160)).sort(), numbered(0, 1160));
  });
}

test('copies that the pattern finds too are not read again, rotation after rotation and after a start', async (t) => {
  const agent = await setup(t, {});
  const path = join(agent.logs, 'a.log');
  const expected = numbered(0, 100);
  await writeFile(path, text(expected));
  await agent.start();
  await agent.lines(100);
  /** A line of a new file: when it is there, all that was there before it was looked at. */
  const look = async (name: string): Promise<void> => {
    await writeFile(join(agent.logs, name), `line of ${name}\n`);
    expected.push(`line of ${name}`);
    await agent.lines(expected.length);
  };
  for (let i = 1; i <= 4; i++) {
    await copyFile(path, join(agent.logs, `a-2026112${i}.log`));
    await truncate(path, 0);
    const next = numbered(i * 100, i * 100 + 100);
    await appendFile(path, text(next));
    expected.push(...next);
    await agent.lines(expected.length);
    await look(`b${i}.log`);
  }
  await agent.stop();
  await agent.start();
  // Named after it and beginning like what it held once, but another file.
  await writeFile(join(agent.logs, 'a-2.log'), text([...numbered(0, 100), 'and more']));
  expected.push(...numbered(0, 100), 'and more');
  await look('b5.log');
  assert.deepEqual((await agent.lines(expected.length)).sort(), expected.sort());
});

test('emptied and written beyond the old place: recognised by its beginning', async (t) => {
  const agent = await setup(t);
  const path = join(agent.logs, 'a.log');
  await writeFile(path, text(numbered(0, 10)));
  await agent.start();
  await agent.lines(10);
  agent.blocked = true;
  await truncate(path, 0);
  await appendFile(path, text(numbered(500, 600)));
  agent.blocked = false;
  assert.deepEqual(await agent.lines(110), [...numbered(0, 10), ...numbered(500, 600)]);
});

test('after a start it goes on where it was, also in files rotated meanwhile', async (t) => {
  const agent = await setup(t);
  const [a, b, c] = ['a.log', 'b.log', 'c.log'].map((name) => join(agent.logs, name)) as [string, string, string];
  for (const [i, path] of [a, b, c].entries()) await writeFile(path, text(numbered(i * 1000, i * 1000 + 100)));
  await agent.start();
  await agent.lines(300);
  await agent.stop();
  for (const [i, path] of [a, b, c].entries()) await appendFile(path, text(numbered(i * 1000 + 100, i * 1000 + 200)));
  await rename(a, `${a}.1`);
  await writeFile(a, text(numbered(200, 300)));
  await copyFile(b, `${b}.1`);
  await truncate(b, 0);
  await appendFile(b, text(numbered(1200, 1300)));
  await agent.start();
  const expected = [...numbered(0, 300), ...numbered(1000, 1300), ...numbered(2000, 2200)];
  assert.deepEqual((await agent.lines(800)).sort(), expected);
});

test('a file renamed and an agent ended before the first entry: what it held is read all the same', async (t) => {
  const agent = await setup(t);
  const path = join(agent.logs, 'a.log');
  await writeFile(path, '');
  await agent.start();
  await agent.followed();
  await agent.stop();
  await appendFile(path, text(numbered(0, 160)));
  await rename(path, `${path}.000000`);
  await writeFile(path, text(numbered(160, 200)));
  await agent.start();
  assert.deepEqual((await agent.lines(200)).sort(), numbered(0, 200));
});

test('what was gathered before a start is not read again, what was held for more lines is', async (t) => {
  const agent = await setup(t, { format: { container: true, grouping: stackTraceGrouping, encoding: undefined } });
  const path = join(agent.logs, 'a.log');
  const at = '2026-11-22T07:00:00.000000001Z';
  await writeFile(
    path,
    `${at} stdout P begun \n${at} stderr F whole\n${at} stderr F Error: x\n${at} stderr F     at f (x.js:1:1)\n${at} stderr F after\n`,
  );
  await agent.start();
  assert.deepEqual(await agent.lines(3), ['whole', 'Error: x\n    at f (x.js:1:1)', 'after']);
  await agent.stop();
  await appendFile(path, `${at} stdout F and ended\n`);
  await agent.start();
  assert.deepEqual(await agent.lines(4), ['whole', 'Error: x\n    at f (x.js:1:1)', 'after', 'begun and ended']);
});

test('lines over the limit are cut, however many reads they take, and the next line is whole', async (t) => {
  const agent = await setup(t);
  await writeFile(join(agent.logs, 'a.log'), `${'x'.repeat(700_000)}\nnext\n`);
  await agent.start();
  const [long, next] = await agent.lines(2);
  assert.equal(long?.length, 1024);
  assert.equal(next, 'next');
});

test('other charsets become UTF-8, bytes of none are replaced', async (t) => {
  const agent = await setup(t, { format: { ...PLAIN, encoding: 'windows-1251' } });
  await writeFile(join(agent.logs, 'a.log'), Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x0a]));
  await agent.start();
  assert.deepEqual(await agent.lines(1), ['Привет']);
  const other = await setup(t);
  await writeFile(join(other.logs, 'a.log'), Buffer.from([0x61, 0xff, 0x62, 0x0a]));
  await other.start();
  assert.deepEqual(await other.lines(1), ['a\ufffdb']);
});

test('files that came and went while the agent was down are read, those read before are not', async (t) => {
  const agent = await setup(t);
  const path = join(agent.logs, 'a.log');
  await writeFile(`${path}.7`, text(numbered(9000, 9010)));
  await utimes(`${path}.7`, 1_700_000_000, 1_700_000_000);
  await writeFile(path, text(numbered(0, 10)));
  await agent.start();
  await agent.lines(10);
  await agent.stop();
  await appendFile(path, text(numbered(10, 20)));
  await rename(path, `${path}.2`);
  await writeFile(`${path}.1`, text(numbered(20, 30)));
  await writeFile(path, text(numbered(30, 40)));
  await agent.start();
  assert.deepEqual((await agent.lines(40)).sort(), numbered(0, 40));
  await agent.stop();
  await agent.start();
  await appendFile(path, text(numbered(40, 50)));
  assert.deepEqual((await agent.lines(50)).sort(), numbered(0, 50));
});

test('rotated several times between two looks: every generation is read, none twice', async (t) => {
  const agent = await setup(t);
  const [renamed, copied] = [join(agent.logs, 'r.log'), join(agent.logs, 'c.log')];
  await writeFile(renamed, text(numbered(0, 100)));
  await writeFile(copied, text(numbered(5000, 5100)));
  await agent.start();
  await agent.lines(200);
  agent.blocked = true;
  for (let i = 0; i < 3; i++) {
    await appendFile(renamed, text(numbered(100 + i * 10, 110 + i * 10)));
    await rename(renamed, `${renamed}.${i}`);
    await appendFile(copied, text(numbered(5100 + i * 10, 5110 + i * 10)));
    await copyFile(copied, `${copied}.${i}`);
    await truncate(copied, 0);
  }
  await writeFile(renamed, text(numbered(130, 140)));
  await appendFile(copied, text(numbered(5130, 5140)));
  agent.blocked = false;
  assert.deepEqual((await agent.lines(280)).sort(), [...numbered(0, 140), ...numbered(5000, 5140)]);
  await agent.stop();
  await agent.start();
  await appendFile(renamed, text(numbered(140, 150)));
  assert.deepEqual((await agent.lines(290)).sort(), [...numbered(0, 150), ...numbered(5000, 5140)]);
});

test('an empty file that is filled, copied and emptied before it was read again: the copy is read', async (t) => {
  const agent = await setup(t);
  const path = join(agent.logs, 'a.log');
  await writeFile(path, text(numbered(0, 10)));
  await agent.start();
  await agent.lines(10);
  await copyFile(path, `${path}.0`);
  await truncate(path, 0);
  // It has been seen empty when the next lines of another file are there.
  await writeFile(join(agent.logs, 'b.log'), 'seen\n');
  await agent.lines(11);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  agent.blocked = true;
  await appendFile(path, text(numbered(10, 20)));
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
  agent.blocked = false;
  assert.deepEqual((await agent.lines(21)).sort(), [...numbered(0, 20), 'seen']);
  await appendFile(path, text(numbered(20, 30)));
  assert.deepEqual((await agent.lines(31)).sort(), [...numbered(0, 30), 'seen']);
});
