import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fluentLogger from 'fluent-logger';
import { freePort } from '../../../server/src/base/free_port.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { logLines } from './log_lines.ts';

const KEY = 'a shared key';
let open: RunningServer;
let keyed: RunningServer;
let openPort: number;
let keyedPort: number;
before(async () => {
  openPort = await freePort();
  keyedPort = await freePort();
  open = await startServer({ env: { TRILITH_FORWARD_LISTEN: `127.0.0.1:${openPort}` } });
  keyed = await startServer({
    env: { TRILITH_FORWARD_LISTEN: `127.0.0.1:${keyedPort}`, TRILITH_FORWARD_SHARED_KEY: KEY },
  });
});
after(async () => {
  await open?.stop();
  await keyed?.stop();
});

type Options = NonNullable<Parameters<typeof fluentLogger.createFluentSender>[1]>;

/** A sender as it is: its types leave out that it is an EventEmitter and that `end` may be called with nothing. */
interface Sender {
  emit(label: string, record: object, taken: (error?: Error | null) => void): void;
  emit(label: string, record: object, time: number, taken: (error?: Error | null) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  end(): void;
}

function senderOf(prefix: string, options: Options): Sender {
  return fluentLogger.createFluentSender(prefix, {
    host: '127.0.0.1',
    timeout: 3,
    internalLogger: { info: () => undefined, error: () => undefined },
    ...options,
  }) as unknown as Sender;
}

/** Sends records; resolves when the library says that they were taken. */
async function send(options: Options, records: readonly object[]): Promise<void> {
  const sender = senderOf('shop', options);
  const failed = new Promise<never>((_, reject) => sender.on('error', reject));
  const sent = records.map(
    (record) =>
      new Promise<void>((resolve, reject) => {
        sender.emit('payments', record, (error) => (error === undefined || error === null ? resolve() : reject(error)));
      }),
  );
  try {
    await Promise.race([Promise.all(sent), failed]);
  } finally {
    sender.end();
  }
}

const MODES = ['Message', 'PackedForward', 'CompressedPackedForward'] as const;

for (const eventMode of MODES) {
  test(`fluent-logger in the mode ${eventMode}, acknowledged, is found by its tag, level and text`, async () => {
    const port = openPort;
    const records = [
      { level: 'error', message: `card_declined in ${eventMode}`, request_id: `r-${eventMode}` },
      { level: 'info', message: `accepted in ${eventMode}` },
    ];
    await send({ port, eventMode, requireAckResponse: true, ackResponseTimeout: 5000, flushInterval: 20 }, records);
    const query = `{job="shop.payments", level="ERROR"} |= "card_declined in ${eventMode}" | request_id="r-${eventMode}"`;
    await eventually('the line is found', 10_000, async () => {
      assert.deepEqual(
        (await logLines(open, query)).map((line) => JSON.parse(line) as unknown),
        [records[0]],
      );
    });
  });
}

test('equal events of one second are as many as were sent', async () => {
  const record = { message: 'twice the same', n: 1 };
  const time = Math.floor(Date.now() / 1000);
  const sender = senderOf('twice', { port: openPort });
  for (let i = 0; i < 2; i++)
    await new Promise<void>((resolve, reject) => {
      sender.emit('x', record, time, (error) => (error === undefined || error === null ? resolve() : reject(error)));
    });
  sender.end();
  await eventually('both are stored', 10_000, async () => {
    const answer = (await open.get('/loki/api/v1/query', { query: 'sum(count_over_time({job="twice.x"}[5m]))' })) as {
      data: { result: { value: [number, string] }[] };
    };
    assert.equal(answer.data.result[0]?.value[1], '2');
  });
});

test('with the shared key records are taken', async () => {
  const options = { port: keyedPort, requireAckResponse: true, ackResponseTimeout: 2000, flushInterval: 20 };
  await send({ ...options, security: { clientHostname: 'web-1', sharedKey: KEY } }, [{ log: 'with the key' }]);
  await eventually('the line is found', 10_000, async () => {
    assert.deepEqual(await logLines(keyed, '{job="shop.payments"}'), ['with the key']);
  });
});
