import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { crc32c } from '@node-rs/crc32';
import { snappyUncompress } from '../../base/snappy.ts';
import { DEFAULT_LIMITS } from '../../ingest/index.ts';
import type { DecodeContext } from '../../model/ingest.ts';
import { seriesText } from '../../model/label_limits.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeRemoteWrite2 } from '../../receive/remote_write/index.ts';
import { decodeDecimals, sectionRows } from '../../store/index.ts';
import { BlockFormatError } from './bit_reader.ts';
import { type BlockMeta, listBlocks, openBlock } from './block.ts';
import { blockRequests, type Skipped } from './block_requests.ts';
import { BLOCK } from './test_blocks.ts';

const root = mkdtempSync(join(tmpdir(), 'trilith-blocks-'));
after(() => rmSync(root, { recursive: true, force: true }));
const FIRST = 1_790_000_000_000;

/** Writes the block of `test_blocks.ts`, some of its files otherwise. */
function writeBlock(name: string, files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const directory = join(root, name);
  const block = join(directory, BLOCK.ulid);
  mkdirSync(join(block, 'chunks'), { recursive: true });
  const all = {
    'meta.json': BLOCK.meta,
    index: Buffer.from(BLOCK.index, 'base64'),
    'chunks/000001': Buffer.from(BLOCK.chunks, 'base64'),
    ...files,
  };
  for (const [file, content] of Object.entries(all)) writeFileSync(join(block, file), content);
  return directory;
}

const onlyBlock = (directory: string): BlockMeta => listBlocks(directory).blocks[0] as BlockMeta;

/** What the requests of a block become at the door: `series value @time`, sorted. */
function received(meta: BlockMeta, oldestMs = 0, skipped: Skipped = { damagedChunks: 0, damage: '' }): string[] {
  using block = openBlock(meta);
  const lines: string[] = [];
  for (const { body } of blockRequests(block, meta, undefined, oldestMs, skipped)) {
    const series = createMapInterner(10_000);
    const context: DecodeContext = {
      nowMs: meta.maxMs,
      limits: { ...DEFAULT_LIMITS.decode, oldestSampleMs: Number.MAX_SAFE_INTEGER },
      series,
      streams: series,
      storedUntilMs: 0,
    };
    const decoded = decodeRemoteWrite2(snappyUncompress(body, { maxBytes: 1 << 26 }), context, undefined);
    assert.deepEqual(decoded.rejections, []);
    for (const row of decoded.sections.filter(({ table }) => table === 'samples').flatMap(sectionRows)) {
      const value = new Float64Array(1);
      const mantissa = new BigInt64Array([BigInt(String(row.mantissa))]);
      decodeDecimals(new Uint32Array(mantissa.buffer), Int8Array.of(Number(row.exponent)), value);
      const labels = series.labels([...series.idLow].indexOf(Number(row.series)));
      lines.push(`${seriesText(labels)} ${Object.is(value[0], -0) ? '-0' : value[0]} @${Number(row.ts)}`);
    }
  }
  return lines.sort();
}

const ALL = [
  `a_total{x="1"} 1 @${FIRST}`,
  `a_total{x="1"} 2.5 @${FIRST + 15_000}`,
  `a_total{x="2"} NaN @${FIRST}`,
  `b{} -0 @${FIRST + 1_000}`,
  `b{} 7 @${FIRST + 16_000}`,
];

describe('a block of Prometheus', () => {
  test('is sent whole: every series, sample and bit', () => {
    const found = listBlocks(writeBlock('whole'));
    assert.deepEqual(found.broken, []);
    assert.equal(found.blocks[0]?.samples, 5);
    assert.deepEqual(received(found.blocks[0] as BlockMeta), ALL);
  });

  test('is sent without what was deleted, and without what retention would drop', () => {
    const stones = tombstones([
      [2, FIRST + 10_000, FIRST + 20_000],
      [99, 0, FIRST * 2],
    ]);
    const meta = onlyBlock(writeBlock('deleted', { tombstones: stones }));
    using block = openBlock(meta);
    const [first] = [...block.index.series()];
    assert.equal(first?.series.reference === undefined ? 0 : 1, 1);
    const reference = first?.series.reference ?? 0;
    const own = onlyBlock(
      writeBlock('deleted-own', { tombstones: tombstones([[reference, FIRST + 10_000, FIRST + 20_000]]) }),
    );
    assert.deepEqual(
      received(own),
      ALL.filter((line) => !line.includes('2.5')),
    );
    assert.deepEqual(received(own, FIRST + 16_000), [ALL[4]]);
  });

  test('may be damaged in a chunk: the others are sent, and it is counted', () => {
    const chunks = Buffer.from(BLOCK.chunks, 'base64');
    chunks[20] = (chunks[20] ?? 0) ^ 1;
    const skipped: Skipped = { damagedChunks: 0, damage: '' };
    assert.deepEqual(
      received(onlyBlock(writeBlock('bad-chunk', { 'chunks/000001': chunks })), 0, skipped),
      ALL.slice(2),
    );
    assert.equal(skipped.damagedChunks, 1);
    assert.match(skipped.damage, /chunk at byte 8 of file 1: the checksum does not fit/);
  });

  test('is refused when any byte of its index is damaged, wherever it is', () => {
    const index = Buffer.from(BLOCK.index, 'base64');
    let refused = 0;
    for (let at = 0; at < index.length; at++) {
      const damaged = Buffer.from(index);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      try {
        const lines = received(onlyBlock(writeBlock('bad-index', { index: damaged })));
        // What is not read (padding, label indices, other postings) may be anything; what is read is right.
        assert.deepEqual(lines, ALL, `byte ${at}`);
      } catch (error) {
        assert.ok(error instanceof BlockFormatError, String(error));
        refused++;
      }
    }
    assert.ok(refused > 200, `${refused} refused`);
  });

  test('is named with the reason when its meta.json is damaged; parents of a later block are left out', () => {
    const broken = listBlocks(writeBlock('bad-meta', { 'meta.json': '{"version":1' }));
    assert.equal(broken.blocks.length, 0);
    assert.match(broken.broken[0]?.reason ?? '', /^meta\.json: /);
    const directory = writeBlock('parents');
    const child = join(directory, '01M80STXQ0620VN8E8SB91YT9Z');
    mkdirSync(child);
    const meta = JSON.parse(BLOCK.meta) as object;
    const compaction = { level: 2, parents: [{ ulid: BLOCK.ulid, minTime: 0, maxTime: 1 }] };
    writeFileSync(
      join(child, 'meta.json'),
      JSON.stringify({ ...meta, ulid: '01M80STXQ0620VN8E8SB91YT9Z', compaction }),
    );
    assert.deepEqual(
      listBlocks(directory).blocks.map(({ ulid }) => ulid),
      ['01M80STXQ0620VN8E8SB91YT9Z'],
    );
  });

  test('goes on from a position: nothing is sent twice, nothing is left out', () => {
    const meta = onlyBlock(writeBlock('resumed'));
    using block = openBlock(meta);
    const skipped: Skipped = { damagedChunks: 0, damage: '' };
    const [first, ...more] = blockRequests(block, meta, undefined, 0, skipped);
    assert.equal(more.length, 0);
    assert.deepEqual([...blockRequests(block, meta, first?.position, 0, skipped)], []);
  });
});

const promtool = spawnSync('promtool', ['--version']).status === 0 ? false : 'promtool is not installed';

test('blocks of promtool hold what promtool itself finds in them', { skip: promtool }, () => {
  const directory = join(root, 'promtool');
  mkdirSync(join(directory, 'wal'), { recursive: true });
  const values = ['NaN', '+Inf', '-0', '1e300', '0.1', '7'];
  const lines = ['# TYPE t gauge'];
  for (const room of ['é ü', 'x'])
    for (let i = 0; i < 700; i++) {
      const value = i % 50 < 6 ? values[i % 50] : Math.round(1000 * Math.sin(i / 20)) / 8;
      lines.push(`t{room="${room}"} ${value} ${1_789_990_000 + i * 15}.${String(i % 1000).padStart(3, '0')}`);
    }
  const input = join(directory, 'in.om');
  writeFileSync(input, `${lines.join('\n')}\n# EOF\n`);
  const made = spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', input, directory]);
  assert.equal(made.status, 0, String(made.stderr));
  const dumped = String(spawnSync('promtool', ['tsdb', 'dump', directory]).stdout)
    .trim()
    .split('\n');
  const theirs = dumped.map((line) => {
    const [, labels = '', value = '', time = ''] = /^\{__name__="t", (.*)\} (\S+) (\d+)$/.exec(line) ?? [];
    return `t{${labels}} ${value.replace('Inf', 'Infinity').replace('+', '')} @${time}`;
  });
  const number = (line: string): string => line.replace(/ (\S+) @/, (_, value: string) => ` ${Number(value)} @`);
  const ours = listBlocks(directory).blocks.flatMap((meta) => received(meta));
  assert.equal(ours.length, 1400);
  assert.deepEqual(ours.map(number).sort(), theirs.map(number).sort());
});

function tombstones(ranges: readonly (readonly [reference: number, minMs: number, maxMs: number])[]): Uint8Array {
  const body: number[] = [];
  const uvarint = (value: bigint): void => {
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) body.push(Number(rest & 0x7fn) | 0x80);
    body.push(Number(rest));
  };
  for (const [reference, minMs, maxMs] of ranges) {
    uvarint(BigInt(reference));
    uvarint(BigInt(minMs) * 2n);
    uvarint(BigInt(maxMs) * 2n);
  }
  const bytes = Buffer.alloc(5 + body.length + 4);
  bytes.writeUInt32BE(0x0130_ba30);
  bytes[4] = 1;
  bytes.set(body, 5);
  bytes.writeUInt32BE(crc32c(Uint8Array.from(body)), 5 + body.length);
  return bytes;
}
