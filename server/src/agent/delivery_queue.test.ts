import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../base/memory_files.ts';
import { createTelemetry } from '../base/telemetry/telemetry.ts';
import { DeliveryQueue } from './delivery_queue.ts';

const { log } = createTelemetry({ version: '0', write: () => undefined });
const bytes = (text: string): Uint8Array => Buffer.from(text);

async function open(files: MemoryFiles, maxBytes = 1 << 20) {
  const headers: string[] = [];
  let saved = 0;
  const queue = await DeliveryQueue.open({
    files,
    directory: '/queue',
    maxBytes,
    segmentBytes: 1024,
    log,
    now: () => 0,
    onFound: (_, header) => headers.push(Buffer.from(header).toString()),
    beforeRemoval: async () => {
      saved++;
    },
    onPoison: (error) => {
      throw error;
    },
  });
  const text = async (): Promise<string[]> => {
    const found = await Promise.all(queue.waiting().map((frame) => queue.read(frame)));
    return found.map((entry) => Buffer.from(entry?.body ?? []).toString());
  };
  const deliver = async (): Promise<void> => {
    const frame = queue.first();
    assert.ok(frame);
    await queue.delivered(frame);
  };
  return { queue, headers, text, deliver, saves: () => saved };
}

test('entries stay in order until they are delivered, over starts too, and headers are told again', async () => {
  const files = new MemoryFiles();
  const first = await open(files);
  for (const name of ['a', 'b', 'c']) await first.queue.push({ header: bytes(`h${name}`), body: bytes(name) });
  await first.deliver();
  assert.deepEqual(await first.text(), ['b', 'c']);
  await first.queue.close();
  const second = await open(files);
  assert.deepEqual(second.headers, ['ha', 'hb', 'hc']);
  assert.deepEqual(await second.text(), ['b', 'c']);
  await second.queue.push({ header: bytes('hd'), body: bytes('d') });
  assert.deepEqual(await second.text(), ['b', 'c', 'd']);
});

test('segments go when all of them is delivered, after their headers were saved; the disk is given back', async () => {
  const files = new MemoryFiles();
  const { queue, deliver, saves, text } = await open(files);
  for (let i = 0; i < 20; i++) await queue.push({ header: bytes('h'), body: bytes('x'.repeat(300)) });
  const segments = async (): Promise<number> =>
    (await files.list('/queue')).filter((name) => name.endsWith('.wal')).length;
  assert.ok((await segments()) >= 5);
  for (let i = 0; i < 20; i++) await deliver();
  assert.equal(await segments(), 1);
  assert.ok(saves() > 0);
  assert.equal(queue.bytes, 0);
  await queue.push({ header: bytes('h'), body: bytes('last') });
  await queue.close();
  assert.deepEqual(await (await open(files)).text(), ['last']);
  assert.deepEqual(await text(), ['last']);
});

test('it is full at its bound and takes entries again when some were delivered', async () => {
  const { queue, deliver } = await open(new MemoryFiles(), 1000);
  while (!queue.full) await queue.push({ header: bytes(''), body: bytes('x'.repeat(200)) });
  assert.ok(queue.bytes >= 1000);
  await deliver();
  assert.equal(queue.full, false);
});

test('only the first entry can be delivered', async () => {
  const { queue, text } = await open(new MemoryFiles());
  await queue.push({ header: bytes(''), body: bytes('a') });
  await queue.push({ header: bytes(''), body: bytes('b') });
  const [, second] = queue.waiting();
  assert.ok(second);
  await queue.delivered(second);
  assert.deepEqual(await text(), ['a', 'b']);
});

test('a torn end is cut, what was durable before it stays', async () => {
  const files = new MemoryFiles();
  const { queue } = await open(files);
  await queue.push({ header: bytes('h'), body: bytes('whole') });
  await queue.close();
  const [name] = (await files.list('/queue')).filter((one) => one.endsWith('.wal'));
  const file = await files.open(`/queue/${name}`, 'write');
  await file.write([bytes('half a frame')], await file.size());
  await file.close();
  const again = await open(files);
  assert.deepEqual(await again.text(), ['whole']);
});
