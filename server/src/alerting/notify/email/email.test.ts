import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../base/test_certificate.ts';
import { NO_EVIDENCE } from '../../templates/evidence_data.ts';
import { exampleAlert, exampleNotification, tell } from '../fake_provider.ts';

interface Received {
  readonly commands: string[];
  data: string;
}

interface SmtpStub extends AsyncDisposable {
  readonly port: number;
  readonly received: Received;
}

/** A mail server that says yes to everything but what `refuse` names; challenges of AUTH are answered one by one. */
async function smtpStub(
  extensions: readonly string[],
  refuse: Readonly<Record<string, string>> = {},
  isSecure = false,
): Promise<SmtpStub> {
  const received: Received = { commands: [], data: '' };
  const each = (socket: Socket): void => serve(socket, extensions, refuse, received);
  const server = isSecure ? createTlsServer(CREDENTIALS, each) : createServer(each);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

const CREDENTIALS = { key: TEST_KEY, cert: TEST_CERTIFICATE };

function serve(
  plain: Socket,
  extensions: readonly string[],
  refuse: Readonly<Record<string, string>>,
  received: Received,
): void {
  let socket = plain;
  let buffered = '';
  let inData = false;
  const challenges: string[] = [];
  const say = (line: string): void => {
    socket.write(`${line}\r\n`);
  };
  const answerTo = (line: string): string => {
    received.commands.push(line);
    const refused = Object.entries(refuse).find(([start]) => line.startsWith(start));
    if (refused !== undefined) return refused[1];
    if (line.startsWith('EHLO')) {
      const lines = ['stub', ...extensions];
      return lines.map((text, i) => `250${i < lines.length - 1 ? '-' : ' '}${text}`).join('\r\n');
    }
    if (line === 'AUTH LOGIN') {
      challenges.push('UGFzc3dvcmQ6');
      return '334 VXNlcm5hbWU6';
    }
    if (line === 'AUTH CRAM-MD5') return `334 ${Buffer.from('<1@stub>').toString('base64')}`;
    if (line === 'DATA') {
      inData = true;
      return '354 go on';
    }
    if (line === 'STARTTLS') {
      setImmediate(() => {
        socket = new TLSSocket(plain, { ...CREDENTIALS, isServer: true });
        listen();
      });
      plain.removeAllListeners('data');
      return '220 go ahead';
    }
    const challenge = line === 'QUIT' ? undefined : challenges.shift();
    if (challenge !== undefined) return `334 ${challenge}`;
    return line.startsWith('AUTH') || !/^(?:MAIL|RCPT|RSET|NOOP|QUIT)/.test(line) ? '235 welcome' : '250 ok';
  };
  const listen = (): void => {
    // A client that leaves early is none of this test's business.
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      buffered += chunk.toString('latin1');
      for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        if (!inData) say(answerTo(line));
        else if (line === '.') {
          inData = false;
          say(refuse.end ?? '250 queued as 7');
        } else received.data += `${line}\r\n`;
      }
    });
  };
  listen();
  say('220 stub');
}

const mail = (stub: SmtpStub, more: string): string =>
  `email_configs: [{to: "a@x.org, B <b@x.org>", from: "Trilith <t@x.org>", smarthost: "127.0.0.1:${stub.port}", require_tls: false, ${more}}]`;

test('a mail has its headers, a text and an HTML part, and goes to every address', async () => {
  await using stub = await smtpStub(['8BITMIME']);
  const { outcome } = await tell(
    mail(
      stub,
      'text: "plain {{ .Status }}", html: "<b>{{ .CommonLabels.service }}</b>", headers: {subject: "Привет {{ .Status }}", X-Team: core}, hello: me',
    ),
  );
  assert.equal(outcome.error, undefined);
  assert.equal(outcome.status, 250);
  const { commands, data } = stub.received;
  assert.equal(commands[0], 'EHLO me');
  assert.match(commands.join('\n'), /MAIL FROM:<t@x\.org>[^\n]*\nRCPT TO:<a@x\.org>\nRCPT TO:<b@x\.org>/);
  assert.match(data, /^X-Team: core\r$/m);
  assert.match(data, /^To: a@x\.org, B <b@x\.org>\r$/m);
  assert.match(data, /^Subject: =\?UTF-8\?/m);
  assert.match(data, /multipart\/alternative/);
  assert.ok(data.indexOf('plain firing') < data.indexOf('<b>checkout</b>'));
  assert.ok(outcome.providerId !== '' && data.includes(outcome.providerId));
});

test('mails about a group are one thread, with a new one every day', async () => {
  await using stub = await smtpStub([]);
  await tell(mail(stub, 'html: x, threading: {enabled: true, thread_by_date: daily}'));
  assert.match(stub.received.data, /^References: <alert-d4061866bc333de2-2026-11-01@alertmanager>\r$/m);
  assert.match(stub.received.data, /^In-Reply-To: <alert-d4061866bc333de2-2026-11-01@alertmanager>\r$/m);
});

test('a line break in a label makes no header of its own', async () => {
  await using stub = await smtpStub([]);
  const alert = exampleAlert({ labels: ['alertname', 'A\r\nBcc: thief@x.org'] });
  const notification = exampleNotification({ alerts: [alert], groupLabels: alert.labels });
  await tell(mail(stub, 'html: x'), { notification });
  assert.doesNotMatch(stub.received.data, /^Bcc:/m);
});

test('the graph travels inside the mail', async () => {
  await using stub = await smtpStub([]);
  const evidence = { ...NO_EVIDENCE, graphPng: new Uint8Array([137, 80, 78, 71]), expression: 'up' };
  await tell(mail(stub, 'hello: me'), { services: { evidence: async () => evidence } });
  assert.match(stub.received.data, /Content-Id: <graph@trilith>/i);
  assert.match(stub.received.data, /iVBORw==/);
});

const AUTH: readonly (readonly [name: string, advertised: string, settings: string, expected: readonly string[]])[] = [
  ['PLAIN', 'AUTH PLAIN LOGIN', 'auth_password: p', [`AUTH PLAIN ${Buffer.from('\0u\0p').toString('base64')}`]],
  [
    'PLAIN with an identity',
    'AUTH PLAIN LOGIN',
    'auth_password: p, auth_identity: i',
    [`AUTH PLAIN ${Buffer.from('i\0u\0p').toString('base64')}`],
  ],
  ['LOGIN', 'AUTH LOGIN', 'auth_password: p', ['AUTH LOGIN', 'dQ==', 'cA==']],
  [
    'CRAM-MD5',
    'AUTH PLAIN CRAM-MD5',
    'auth_secret: s',
    ['AUTH CRAM-MD5', Buffer.from(`u ${createHmac('md5', 's').update('<1@stub>').digest('hex')}`).toString('base64')],
  ],
];

for (const [name, advertised, settings, expected] of AUTH) {
  test(`authenticates with ${name}`, async () => {
    await using stub = await smtpStub([advertised]);
    const { outcome } = await tell(mail(stub, `html: x, auth_username: u, ${settings}`));
    assert.equal(outcome.error, undefined);
    const { commands } = stub.received;
    const at = commands.indexOf(expected[0] ?? '');
    assert.deepEqual(commands.slice(at, at + expected.length), expected);
  });
}

test('without STARTTLS nothing is said to a server that must have it, and it is tried again', async () => {
  await using stub = await smtpStub(['AUTH PLAIN'], { STARTTLS: '502 not here' });
  const receiver = mail(stub, 'html: x, auth_username: u, auth_password: secret').replace('require_tls: false, ', '');
  const { outcome } = await tell(receiver);
  assert.match(outcome.error ?? '', /STARTTLS/);
  assert.equal(outcome.retry, true);
  assert.ok(!stub.received.commands.some((line) => line.startsWith('AUTH') || line.startsWith('MAIL')));
});

const REFUSALS: readonly (readonly [name: string, refuse: Record<string, string>, status: number])[] = [
  ['an unknown sender', { MAIL: '550 no such sender' }, 550],
  ['greylisting', { 'RCPT TO:<a': '451 later', 'RCPT TO:<b': '451 later' }, 451],
  ['a full queue', { end: '452 no space' }, 452],
];

for (const [name, refuse, status] of REFUSALS) {
  test(`${name} is tried again, and the server’s word is kept`, async () => {
    await using stub = await smtpStub([], refuse);
    const { outcome } = await tell(mail(stub, 'html: x'));
    assert.equal(outcome.status, status);
    assert.equal(outcome.retry, true);
  });
}

test('an address the server does not take does not keep the others from being told', async () => {
  await using stub = await smtpStub([], { 'RCPT TO:<b': '550 unknown' });
  const { outcome } = await tell(mail(stub, 'html: x'));
  assert.equal(outcome.error, undefined);
  assert.match(outcome.warning ?? '', /b@x\.org/);
});

test('addresses that are none are given up', async () => {
  await using stub = await smtpStub([]);
  const { outcome } = await tell(mail(stub, 'html: x').replace('a@x.org', '{{ .CommonLabels.nobody }}'));
  assert.equal(outcome.error, undefined, 'an empty part of a list is left out');
  const bad = await tell(mail(stub, 'html: x').replace('Trilith <t@x.org>', 'nobody'));
  assert.match(bad.outcome.error ?? '', /'from' addresses/);
  assert.equal(bad.outcome.retry, false);
});

const TRUSTED = `tls_config: {ca: ${JSON.stringify(TEST_CERTIFICATE)}}`;

for (const [name, isSecure, settings] of [
  ['TLS from the first byte', true, 'force_implicit_tls: true'],
  ['STARTTLS', false, 'hello: me'],
] as const) {
  test(`${name}: a mail goes to a server that is trusted and to no other`, async () => {
    await using stub = await smtpStub(['STARTTLS'], {}, isSecure);
    const receiver = (tls: string): string =>
      mail(stub, `html: x, ${settings}${tls}`).replace('require_tls: false', 'require_tls: true');
    const told = await tell(receiver(`, ${TRUSTED}`));
    assert.equal(told.outcome.error, undefined);
    assert.match(stub.received.data, /Subject/);
    const before = stub.received.data;
    const refused = await tell(receiver(''));
    assert.match(refused.outcome.error ?? '', /self.signed/);
    assert.equal(stub.received.data, before);
  });
}
