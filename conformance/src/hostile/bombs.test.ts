import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { constants, crc32, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { snappyCompress } from '../../../server/src/base/snappy.ts';
import { childPids, type RunningServer, residentBytes, startServer } from '../running_server.ts';
import { DOORS, type Door, doorNamed } from './doors.ts';
import { type Answer, HttpClient, percentile } from './http_client.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Of the server and its engine together: a few raw bodies in flight, and nothing of what the bombs would become. */
const GROWTH_BYTES = 96 * MIB;
const REFUSED_MS = 500;
/** Answers take longer on a machine that is busy with other work: this many times what good requests take there at worst. */
const BUSY_FACTOR = 5;
const NEIGHBOUR_EVERY_MS = 5;

/** A file that grows without end, or says it does, and the statuses that refuse it. */
interface Bomb {
  readonly name: string;
  readonly door: string;
  readonly encoding: string;
  readonly body: Uint8Array;
  readonly statuses: readonly number[];
}

/** One deflate stream of `bytes` zeros: the same flushed 16 MiB again and again, then the end. */
function zeros(bytes: number): Buffer {
  const part = deflateRawSync(new Uint8Array(16 * MIB), { finishFlush: constants.Z_FULL_FLUSH });
  return Buffer.concat([...Array.from({ length: bytes / (16 * MIB) }, () => part), deflateRawSync(new Uint8Array(0))]);
}

function gzipMember(stream: Buffer, declaredBytes: number): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32('never reached'));
  trailer.writeUInt32LE(declaredBytes % 2 ** 32, 4);
  return Buffer.concat([Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3), stream, trailer]);
}

function bombs(): Bomb[] {
  const gigabyte = zeros(GIB);
  const member = gzipSync(new Uint8Array(64 * MIB));
  const nested = (open: string, depth: number): Buffer => Buffer.from(open.repeat(depth));
  const json = (text: Buffer | string): Uint8Array => Buffer.from(text);
  const large = (bytes: number): Uint8Array =>
    Buffer.from(JSON.stringify({ resourceLogs: [], filler: 'x'.repeat(bytes - 35) }).padEnd(bytes));
  const otlp = 'otlp-logs-json';
  const list: Omit<Bomb, 'statuses'>[] = [
    { name: 'gzip of 1 GiB', door: otlp, encoding: 'gzip', body: gzipMember(gigabyte, GIB) },
    { name: 'gzip of 1 GiB that declares 1,000 bytes', door: otlp, encoding: 'gzip', body: gzipMember(gigabyte, 1000) },
    { name: 'gzip of 16 members', door: otlp, encoding: 'gzip', body: Buffer.concat(new Array(16).fill(member)) },
    { name: 'gzip of small members', door: otlp, encoding: 'gzip', body: manyMembers() },
    { name: 'gzip of gzip', door: otlp, encoding: 'gzip', body: gzipSync(gzipMember(gigabyte, GIB)) },
    { name: 'deflate of 1 GiB', door: otlp, encoding: 'deflate', body: gigabyte },
    { name: 'zlib of 64 MiB', door: otlp, encoding: 'deflate', body: deflateSync(new Uint8Array(64 * MIB)) },
    { name: 'zstd of 1 GiB', door: otlp, encoding: 'zstd', body: zstdOfGigabyte() },
    { name: 'gzip of 1 GiB at Loki', door: 'loki-json', encoding: 'gzip', body: gzipMember(gigabyte, GIB) },
    { name: 'snappy that declares 4 GiB', door: 'remote-write-1', encoding: 'snappy', body: snappyLie(0xffff_ffff) },
    { name: 'snappy that declares 4 GiB', door: 'remote-write-2', encoding: 'snappy', body: snappyLie(0xffff_ffff) },
    { name: 'snappy that declares 4 GiB', door: 'loki-protobuf', encoding: 'snappy', body: snappyLie(0xffff_ffff) },
    { name: 'snappy that declares 63 MiB', door: 'remote-write-1', encoding: 'snappy', body: snappyLie(63 * MIB) },
    {
      name: 'snappy of 65 MiB',
      door: 'remote-write-1',
      encoding: 'snappy',
      body: snappyCompress(new Uint8Array(65 * MIB)),
    },
    { name: '64 MiB + 1 decompressed', door: otlp, encoding: 'gzip', body: gzipSync(large(64 * MIB + 1)) },
    { name: '17 MiB raw', door: otlp, encoding: 'identity', body: large(17 * MIB) },
    { name: '17 MiB raw', door: 'loki-json', encoding: 'identity', body: large(17 * MIB) },
    { name: '17 MiB raw', door: 'remote-write-1', encoding: 'snappy', body: new Uint8Array(17 * MIB) },
    { name: 'JSON arrays 1,000,000 deep', door: otlp, encoding: 'identity', body: json(nested('[', 1e6)) },
    { name: 'JSON objects 1,000,000 deep', door: otlp, encoding: 'identity', body: json(nested('{"a":', 1e6)) },
    { name: 'JSON arrays 1,000,000 deep', door: 'loki-json', encoding: 'identity', body: json(nested('[', 1e6)) },
    { name: 'JSON of 5,000,000 elements', door: otlp, encoding: 'identity', body: json(`[${'0,'.repeat(5e6)}0]`) },
    { name: 'protobuf 100,000 deep', door: 'otlp-logs-protobuf', encoding: 'identity', body: deepProtobuf(100_000) },
    { name: 'gzip of 1 GiB', door: 'otlp-traces-protobuf', encoding: 'gzip', body: gzipMember(gigabyte, GIB) },
    { name: 'gzip of 1 GiB', door: 'otlp-metrics-protobuf', encoding: 'gzip', body: gzipMember(gigabyte, GIB) },
  ];
  return list.map((bomb) => ({
    ...bomb,
    statuses: /JSON|protobuf 100|gzip of gzip/.test(bomb.name) ? [400] : [413],
  }));
}

function manyMembers(): Buffer {
  const member = gzipSync(new Uint8Array(MIB));
  return Buffer.concat(new Array(1024).fill(member));
}

function zstdOfGigabyte(): Buffer {
  const frame = zstdCompressSync(new Uint8Array(64 * MIB));
  return Buffer.concat(new Array(16).fill(frame));
}

function snappyLie(bytes: number): Buffer {
  const length: number[] = [];
  for (let rest = bytes; ; rest = Math.floor(rest / 128)) {
    length.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from(length), Buffer.alloc(2_000)]);
}

/** An attribute whose value is an array that holds an array that … */
function deepProtobuf(depth: number): Buffer {
  let length = 0;
  const heads: Buffer[] = [];
  const wrap = (tag: number): void => {
    const bytes = [tag];
    for (let rest = length; ; rest = Math.floor(rest / 128)) {
      bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
      if (rest < 128) break;
    }
    heads.push(Buffer.from(bytes));
    length += bytes.length;
  };
  for (let i = 0; i < depth; i++) {
    wrap(0x0a); // ArrayValue.values
    wrap(0x2a); // AnyValue.array_value
  }
  wrap(0x2a); // LogRecord.body
  wrap(0x12); // ScopeLogs.log_records
  wrap(0x12); // ResourceLogs.scope_logs
  wrap(0x0a); // LogsData.resource_logs
  return Buffer.concat(heads.reverse());
}

function treeBytes(server: RunningServer): number {
  return [server.pid, ...childPids(server.pid)].reduce((sum, pid) => sum + residentBytes(pid), 0);
}

describe('bombs are refused while good requests go on', () => {
  let server: RunningServer;
  let client: HttpClient;
  let neighbour: HttpClient;
  let nextGood = 0;
  let alone: number[];
  let allowedMs = REFUSED_MS;
  const list = bombs();

  const good = async (): Promise<number> => {
    const door = DOORS[nextGood % DOORS.length] as Door;
    const answer = await neighbour.post(door.path, door.headers, door.compress(door.payloads.neighbour(nextGood++)));
    assert.ok(answer.status < 300, `good request refused: ${answer.status} ${answer.body}`);
    return answer.milliseconds;
  };
  const send = (bomb: Bomb): Promise<Answer> => {
    const door = doorNamed(bomb.door);
    return client.post(door.path, { ...door.headers, 'content-encoding': bomb.encoding }, bomb.body);
  };

  before(async () => {
    server = await startServer({ env: { TRILITH_INGEST_MIB_PER_SECOND: '1000' } });
    client = new HttpClient(server.port, 20);
    neighbour = new HttpClient(server.port, 1);
    for (let i = 0; i < 200; i++) await good();
    // Honest bodies as large as they may be, so that what such bodies need is there before the measurement.
    for (const door of ['otlp-logs-json', 'otlp-logs-protobuf']) {
      await client.post(doorNamed(door).path, { ...doorNamed(door).headers, 'content-encoding': 'gzip' }, honest());
    }
    alone = [];
    for (let i = 0; i < 200; i++) alone.push(await good());
    allowedMs = Math.max(REFUSED_MS, BUSY_FACTOR * percentile(alone, 1));
  });
  after(async () => {
    client?.close();
    neighbour?.close();
    await server?.stop();
  });

  for (const bomb of list) {
    test(`${bomb.name} at ${bomb.door} is refused in its shape`, async () => {
      const answer = await send(bomb);
      assert.ok(bomb.statuses.includes(answer.status), `${answer.status} ${answer.body}`);
      assert.ok(answer.body.length <= 1024);
      doorNamed(bomb.door).checkShape(answer);
      assert.ok(answer.milliseconds < allowedMs, `refused only after ${answer.milliseconds} ms`);
    });
  }

  test('all of them over and over leave memory flat and the neighbour served', async () => {
    const before = treeBytes(server);
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, treeBytes(server));
    }, 20);
    let going = true;
    const neighbours: number[] = [];
    const sending = (async () => {
      while (going) {
        neighbours.push(await good());
        await new Promise((resolve) => setTimeout(resolve, NEIGHBOUR_EVERY_MS));
      }
    })();
    const refused: number[] = [];
    const started = performance.now();
    try {
      for (let round = 0; round < 3; round++) {
        for (const bomb of list) {
          const answer = await send(bomb);
          refused.push(answer.milliseconds);
          assert.ok(answer.status === 413 || answer.status === 400, `${bomb.name}: ${answer.status}`);
        }
      }
    } finally {
      going = false;
      await sending;
      clearInterval(watch);
    }
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `bombs: ${refused.length} refused in ${seconds.toFixed(1)} s, p50 ${percentile(refused, 0.5).toFixed(0)} ms, slowest ${percentile(refused, 1).toFixed(0)} ms; ` +
        `resident ${(before / MIB).toFixed(0)} MiB before, peak +${((peak - before) / MIB).toFixed(0)} MiB; ` +
        `neighbour p99 ${percentile(alone, 0.99).toFixed(0)} ms alone, ${percentile(neighbours, 0.99).toFixed(0)} ms beside (${neighbours.length} requests)`,
    );
    assert.ok(server.running());
    assert.ok(peak - before < GROWTH_BYTES, `${((peak - before) / MIB).toFixed(0)} MiB more than before`);
    assert.ok(percentile(neighbours, 0.5) < 2 * percentile(alone, 0.99), 'good requests wait for bombs');
    assert.ok(percentile(neighbours, 0.99) < allowedMs, 'a good request waited long');
  });
});

/** 60 MiB of unlike text in gzip: large and refused for nothing but being no OTLP. */
function honest(): Uint8Array {
  const text = Buffer.alloc(60 * MIB);
  for (let i = 0; i < text.length; i++) text[i] = 32 + (((i * 2_654_435_761) >>> 13) % 64);
  return gzipSync(text, { level: 1 });
}
