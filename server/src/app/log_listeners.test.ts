import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createTelemetry } from '../base/telemetry/telemetry.ts';
import { DEFAULT_LIMITS } from '../ingest/index.ts';
import type { Submission } from '../model/ingest.ts';
import { ConfigError, loadConfig } from './config.ts';
import { openLogListeners } from './log_listeners.ts';

async function open(t: TestContext, env: Readonly<Record<string, string>>): Promise<Submission[]> {
  const submissions: Submission[] = [];
  const listeners = await openLogListeners({
    config: loadConfig([], env),
    submit: async (submission) => {
      submissions.push(submission);
      return {
        kind: 'stored',
        accepted: { samples: 0, histograms: 0, exemplars: 0, logs: 1, spans: 0 },
        rejections: [],
      };
    },
    limits: DEFAULT_LIMITS,
    telemetry: createTelemetry({ version: 'test', level: 'FATAL' }),
  });
  t.after(() => listeners.close(0));
  return submissions;
}

/** A port that a listener of ours may have, and one that is taken. */
async function port(t: TestContext, taken: boolean): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<unknown> => new Promise((resolve) => server.close(resolve));
  if (taken) t.after(close);
  else await close();
  return port;
}

test('what is configured is opened, and takes messages for its tenant', async (t) => {
  const tcp = await port(t, false);
  const submissions = await open(t, { TRILITH_SYSLOG_TCP_LISTEN: `127.0.0.1:${tcp}` });
  const socket = connect(tcp, '127.0.0.1');
  socket.end('<13>app: hello\n');
  await once(socket, 'close');
  assert.deepEqual(
    submissions.map(({ door, tenant }) => [door, tenant]),
    [['syslog', 'trilith']],
  );
});

test('without settings nothing is opened', async (t) => {
  assert.deepEqual(await open(t, {}), []);
});

test('an address that was asked for and cannot be had is said by its setting', async (t) => {
  const address = `127.0.0.1:${await port(t, true)}`;
  const variables: readonly (readonly [variable: string, setting: RegExp])[] = [
    ['TRILITH_FORWARD_LISTEN', /forward_listen: 127\.0\.0\.1:\d+ cannot be opened: .*EADDRINUSE/],
    ['TRILITH_SYSLOG_TCP_LISTEN', /syslog\.tcp_listen: 127\.0\.0\.1:\d+ cannot be opened: .*EADDRINUSE/],
  ];
  for (const [variable, setting] of variables)
    await assert.rejects(
      open(t, { [variable]: address }),
      (error) => error instanceof ConfigError && setting.test(error.message),
    );
});

test('TLS needs a certificate and a key that can be read', async (t) => {
  const listen = { TRILITH_SYSLOG_TLS_LISTEN: '127.0.0.1:0' };
  await assert.rejects(open(t, listen), /syslog\.tls_listen needs syslog\.tls_cert and syslog\.tls_key/);
  await assert.rejects(
    open(t, { ...listen, TRILITH_SYSLOG_TLS_CERT: '/nowhere/cert.pem', TRILITH_SYSLOG_TLS_KEY: '/nowhere/key.pem' }),
    /syslog\.tls_cert: cannot read \/nowhere\/cert\.pem/,
  );
});
