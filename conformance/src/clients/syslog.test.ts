import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '../../../server/src/base/free_port.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { foundLines } from './log_lines.ts';

const RSYSLOGD = process.env.TRILITH_TEST_RSYSLOGD;
const LOGGER = process.env.TRILITH_TEST_LOGGER;
const noRsyslogd = RSYSLOGD === undefined ? 'TRILITH_TEST_RSYSLOGD names no rsyslogd' : false;
const noLogger = LOGGER === undefined ? 'TRILITH_TEST_LOGGER names no logger(1)' : false;

let server: RunningServer;
let tcp: number;
let udp: number;
before(async () => {
  if (noRsyslogd !== false && noLogger !== false) return;
  tcp = await freePort();
  udp = await freePort();
  server = await startServer({
    env: { TRILITH_SYSLOG_TCP_LISTEN: `127.0.0.1:${tcp}`, TRILITH_SYSLOG_UDP_LISTEN: `127.0.0.1:${udp}` },
  });
});
after(() => server?.stop());

/** The one line of a query, once it is there. */
async function only(query: string): Promise<{ line: string; labels: Readonly<Record<string, string>>; ns: bigint }> {
  return eventually(`${query} finds a line`, 10_000, async () => {
    const [found, ...others] = await foundLines(server, query);
    assert.ok(found !== undefined && others.length === 0);
    return found;
  });
}

const FORMS: readonly (readonly [what: string, flags: (tcp: number, udp: number) => readonly string[]])[] = [
  ['RFC 5424 over TCP', (port) => ['-T', '-P', `${port}`, '--rfc5424']],
  ['RFC 5424 over TCP, counted', (port) => ['-T', '-P', `${port}`, '--rfc5424', '--octet-count']],
  ['RFC 5424 over UDP', (_, port) => ['-d', '-P', `${port}`, '--rfc5424']],
  ['RFC 3164 over TCP', (port) => ['-T', '-P', `${port}`, '--rfc3164']],
  ['RFC 3164 over UDP', (_, port) => ['-d', '-P', `${port}`, '--rfc3164']],
];

for (const [index, [what, flags]] of FORMS.entries())
  test(`logger(1), ${what}`, { skip: noLogger }, async () => {
    const app = `app-${index}`;
    const began = Date.now();
    const text = `payment refused ${index}: 100% "ünïcode"`;
    const args = ['-n', '127.0.0.1', ...flags(tcp, udp), '-p', 'local3.err', '-t', app, '--id=4242', text];
    const [code] = (await once(spawn(LOGGER ?? '', args, { stdio: 'inherit' }), 'exit')) as [number];
    assert.equal(code, 0);
    const { line, labels, ns } = await only(`{service="${app}", level="ERROR"} |= "refused ${index}"`);
    assert.equal(line, text);
    assert.equal(labels.facility, 'local3');
    assert.equal(labels.proc_id, '4242');
    assert.notEqual(labels.host ?? '', '');
    // RFC 3164 has whole seconds.
    assert.ok(Number(ns / 1_000_000n) > began - 1500 && Number(ns / 1_000_000n) < Date.now() + 1500);
  });

const ACTIONS: readonly (readonly [what: string, target: string, template: string])[] = [
  ['over TCP in RFC 5424', 'tcp', 'RSYSLOG_SyslogProtocol23Format'],
  ['over TCP in its own format', 'tcp', 'RSYSLOG_ForwardFormat'],
  ['over TCP in the traditional format', 'tcp', 'RSYSLOG_TraditionalForwardFormat'],
  ['over UDP in RFC 5424', 'udp', 'RSYSLOG_SyslogProtocol23Format'],
];

for (const [index, [what, protocol, template]] of ACTIONS.entries())
  test(`rsyslogd forwards ${what}`, { skip: noRsyslogd }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'trilith-rsyslog-'));
    const count = 500;
    const input = join(folder, 'input.log');
    const lines = Array.from(
      { length: count },
      (_, i) => `{"level":"error","msg":"line ${i}","trace_id":"${String(i).padStart(32, 'a')}"}`,
    );
    await writeFile(input, `${lines.join('\n')}\n`);
    const config = join(folder, 'rsyslog.conf');
    const port = protocol === 'tcp' ? tcp : udp;
    await writeFile(
      config,
      `global(workDirectory="${folder}")
module(load="imfile")
input(type="imfile" File="${input}" Tag="shop-${index}:" Severity="info" Facility="local0")
action(type="omfwd" Target="127.0.0.1" Port="${port}" Protocol="${protocol}" Template="${template}")
`,
    );
    const daemon = spawn(RSYSLOGD ?? '', ['-n', '-f', config, '-i', join(folder, 'pid')], { stdio: 'inherit' });
    const ended = once(daemon, 'exit');
    t.after(async () => {
      daemon.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    });
    await eventually('all lines have arrived', 15_000, async () => {
      const found = await foundLines(server, `{service="shop-${index}", level="ERROR"}`);
      assert.equal(found.length, count);
      assert.deepEqual(found.map(({ line }) => line.trim()).sort(), [...lines].sort());
    });
    const { labels } = await only(`{service="shop-${index}"} | trace_id="${'7'.padStart(32, 'a')}"`);
    assert.equal(labels.facility, 'local0');
  });
