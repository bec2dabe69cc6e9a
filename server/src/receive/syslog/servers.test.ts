import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { TEST_CERTIFICATE, TEST_KEY } from '../../base/test_certificate.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import type { DecodeContext, Outcome, Submission } from '../../model/ingest.ts';
import { labelsToRecord } from '../../model/labels.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { sectionRows } from '../../store/index.ts';
import { FrameError, SyslogFrames } from './frames.ts';
import { decodeSyslog, listenSyslogStream, listenSyslogUdp } from './index.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const STORED: Outcome = {
  kind: 'stored',
  accepted: { samples: 0, histograms: 0, exemplars: 0, logs: 1, spans: 0 },
  rejections: [],
};

function context(): DecodeContext {
  return {
    nowMs: NOW,
    storedUntilMs: 0,
    limits: DEFAULT_DECODE_LIMITS,
    series: createMapInterner(),
    streams: createMapInterner(),
  };
}

/** Decodes what is submitted, and lets a test wait for a number of rows. */
function receiver() {
  const ctx = context();
  const rows: Record<string, unknown>[] = [];
  const problems: string[] = [];
  let lost = 0;
  let arrived = Promise.withResolvers<void>();
  let outcome: () => Promise<Outcome> = async () => STORED;
  return {
    problems,
    answerWith: (next: () => Promise<Outcome>) => {
      outcome = next;
    },
    lost: () => lost,
    options: {
      host: '127.0.0.1',
      port: 0,
      tenant: 'trilith',
      onProblem: (message: string) => problems.push(message),
      onLost: (messages: number) => {
        lost += messages;
      },
      submit: async (submission: Submission) => {
        const answer = await outcome();
        if (answer.kind !== 'stored') return answer;
        assert.equal(submission.neverRetried, true);
        for (const row of decodeSyslog(submission.body, ctx, undefined).sections.flatMap(sectionRows))
          rows.push({ ...row, labels: { ...labelsToRecord(ctx.streams.labels(Number(row.StreamId) - 1)) } });
        arrived.resolve();
        arrived = Promise.withResolvers();
        return answer;
      },
    },
    async rows(count: number) {
      while (rows.length < count) await arrived.promise;
      return rows;
    },
  };
}

async function tcp(t: TestContext) {
  const state = receiver();
  const server = await listenSyslogStream(state.options);
  t.after(() => server.close(0));
  const socket = connect(server.port, '127.0.0.1');
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return { ...state, socket };
}

test('both framings of TCP, mixed, and a last message without an end', async (t) => {
  const { socket, rows } = await tcp(t);
  const first = '<11>1 2026-11-22T11:59:00Z web-1 api 7 M1 - one\ntwo';
  socket.end(`${first.length} ${first}<14>Nov 22 11:59:01 web-1 cron[9]: three\r\n\n<12>four`);
  assert.deepEqual(
    (await rows(3)).map(({ Body, SeverityText, ServiceName, LogAttributes, labels }) => ({
      Body,
      SeverityText,
      ServiceName,
      attributes: { ...(LogAttributes as object) },
      labels,
    })),
    [
      {
        Body: 'one\ntwo',
        SeverityText: 'ERROR',
        ServiceName: 'api',
        attributes: { proc_id: '7', msg_id: 'M1' },
        labels: { app: 'api', facility: 'user', host: 'web-1', service_name: 'api' },
      },
      {
        Body: 'three',
        SeverityText: 'INFO',
        ServiceName: 'cron',
        attributes: { proc_id: '9' },
        labels: { app: 'cron', facility: 'user', host: 'web-1', service_name: 'cron' },
      },
      {
        Body: 'four',
        SeverityText: 'WARN',
        ServiceName: 'unknown_service',
        attributes: {},
        labels: { facility: 'user', host: '127.0.0.1', service_name: 'unknown_service' },
      },
    ],
  );
});

test('a message of a clock that is wrong is stored when it came, with the time it gave', async (t) => {
  const { socket, rows } = await tcp(t);
  socket.end(
    [
      '<13>1 2026-11-22T12:30:00Z h a - - - ahead',
      '<13>1 1970-01-01T00:01:02Z h a - - - behind',
      '<189>7: *Mar  1 00:01:02.250: %SYS-5-RESTART: never set',
      '<13>1 2026-11-22T11:59:00Z h a - - - right',
      '',
    ].join('\n'),
  );
  const came = new Date(NOW).toISOString();
  const year = new Date(2026, 2, 1, 0, 1, 2).toISOString();
  assert.deepEqual(
    (await rows(4)).map(({ Body, Timestamp, LogAttributes }) => [
      Body,
      new Date(Number(BigInt(Timestamp as bigint) / 1_000_000n)).toISOString(),
      (LogAttributes as Record<string, string>).syslog_time,
    ]),
    [
      ['ahead', came, '2026-11-22T12:30:00.000Z'],
      ['behind', came, '1970-01-01T00:01:02.000Z'],
      ['never set', came, year],
      ['right', '2026-11-22T11:59:00.000Z', undefined],
    ],
  );
});

test('over TLS the same, and nothing without it', async (t) => {
  const state = receiver();
  const server = await listenSyslogStream({ ...state.options, tls: { cert: TEST_CERTIFICATE, key: TEST_KEY } });
  t.after(() => server.close(0));
  const socket = connectTls({ port: server.port, host: 'localhost', ca: TEST_CERTIFICATE });
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.write('21 <11>app[1]: encrypted!');
  assert.equal((await state.rows(1))[0]?.Body, 'encrypted');
  const plain = connect(server.port, '127.0.0.1');
  plain.on('error', () => undefined);
  const closed = new Promise((resolve) => plain.once('close', resolve));
  plain.write('<11>app: not encrypted, and no TLS either\n');
  await closed;
  assert.equal(state.problems.length, 1);
});

test('a level in the text counts more than the priority', async (t) => {
  const { socket, rows } = await tcp(t);
  socket.write('<14>app: {"level":"error","msg":"x"}\n');
  assert.equal((await rows(1))[0]?.SeverityText, 'ERROR');
});

test('while nothing can be stored a connection is held, and then everything comes', async (t) => {
  const { socket, rows, answerWith, lost } = await tcp(t);
  let refusals = 3;
  answerWith(async () =>
    refusals-- > 0 ? { kind: 'unavailable', message: 'disk', retryAfterSeconds: 0.001 } : STORED,
  );
  for (let i = 0; i < 100; i++) socket.write(`<14>app: line ${i}\n`);
  assert.equal((await rows(100)).length, 100);
  assert.equal(lost(), 0);
});

test('a message beyond the bound closes its connection', async (t) => {
  for (const bytes of ['99999999999 x', '300000 x', '<14>'.padEnd(300_000, 'x')]) {
    const { socket, problems } = await tcp(t);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(bytes);
    await closed;
    assert.equal(problems.length, 1, bytes.slice(0, 20));
  }
});

test('frames are the same however their bytes arrive', () => {
  const stream = Buffer.from('<1>a\n5 <2>bc<3>d\n4 <4>e\n');
  const cut = (step: number): string[] => {
    const frames = new SyslogFrames(100);
    const found: string[] = [];
    for (let at = 0; at < stream.length; at += step)
      for (const message of frames.push(stream.subarray(at, at + step))) found.push(Buffer.from(message).toString());
    return found;
  };
  for (let step = 1; step <= stream.length; step++)
    assert.deepEqual(cut(step), ['<1>a', '<2>bc', '<3>d', '<4>e'], `${step}`);
  assert.throws(() => new SyslogFrames(10).push(Buffer.from('x'.repeat(11))), FrameError);
});

test('datagrams that come while others are stored are stored with the next; beyond the bound they are counted', async (t) => {
  const state = receiver();
  const server = await listenSyslogUdp(state.options);
  t.after(() => server.close());
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const send = (text: string): Promise<void> =>
    new Promise((resolve, reject) =>
      socket.send(text, server.port, '127.0.0.1', (error) => (error === null ? resolve() : reject(error))),
    );
  const gate = Promise.withResolvers<Outcome>();
  const asked = Promise.withResolvers<void>();
  state.answerWith(() => {
    asked.resolve();
    return gate.promise;
  });
  await send('<13>app: first');
  await asked.promise;
  for (let i = 0; i < 20; i++) await send(`<13>app: line ${i}`);
  gate.resolve(STORED);
  const rows = await state.rows(21);
  assert.deepEqual(
    rows.slice(0, 2).map(({ Body }) => Body),
    ['first', 'line 0'],
  );
  assert.equal(rows.length + state.lost(), 21);
});
