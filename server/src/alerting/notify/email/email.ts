import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import parseAddresses from 'nodemailer/lib/addressparser';
import type { HttpTls } from '../../../base/http_settings.ts';
import { GRAPH_CID } from '../../templates/evidence_data.ts';
import { type Accepted, type Channel, type Delivery, DeliveryError } from '../integration.ts';
import { type EmailConfig, readEmail } from './config.ts';

/** Mail through a smarthost. Nothing is read from files or addresses a template names. */
export const email: Channel = {
  name: 'email',
  section: 'email_configs',
  read(at, globals) {
    const { entry, config } = readEmail(at, globals.smtp);
    return {
      sendResolved: entry.sendResolved,
      http: undefined,
      timeoutMs: 0,
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

type Transport = ReturnType<typeof createTransport>;
type Mail = NonNullable<Parameters<Transport['sendMail']>[0]>;

function addressesIn(list: string, header: string): string[] {
  const found = parseAddresses(list, { flatten: true }).map(({ address }) => address);
  const bad = found.find((address) => !/^[^\s@]+@[^\s@]+$/.test(address));
  if (found.length === 0 || bad !== undefined)
    throw new DeliveryError(
      `parse '${header}' addresses: ${bad === undefined ? 'there is none' : JSON.stringify(bad)}`,
      {
        retry: false,
      },
    );
  return found;
}

/** RFC 5322 lets a thread's first message be one nobody has: clients group by it all the same. */
function threadOf(config: EmailConfig, { groupHash, notification }: Delivery): object {
  if (config.threading === 'off') return {};
  const day = config.threading === 'daily' ? new Date(notification.nowMs).toISOString().slice(0, 10) : '';
  const root = `<alert-${groupHash.slice(0, 16)}-${day}@alertmanager>`;
  return { references: root, inReplyTo: root };
}

/** Headers that are fields of a mail to nodemailer. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['Subject', 'subject'],
  ['To', 'to'],
  ['From', 'from'],
  ['Cc', 'cc'],
  ['Reply-To', 'replyTo'],
  ['Message-Id', 'messageId'],
]);

function mailOf(config: EmailConfig, delivery: Delivery): Mail {
  const { text, html, data } = delivery;
  const fields: Record<string, string> = {};
  const headers: Record<string, string> = Object.create(null);
  for (const [name, template] of config.headers) {
    const field = FIELDS.get(name);
    // A line break in a label must not begin another header.
    const value = text(template).replaceAll(/[\r\n]+/g, ' ');
    if (field === undefined) headers[name] = value;
    else fields[field] = value;
  }
  const from = addressesIn(text(config.from), 'from');
  if (from.length !== 1)
    throw new DeliveryError(`must be exactly one 'from' address (got: ${from.length})`, { retry: false });
  const body = html(config.html);
  const png = data.evidence.graphPng;
  return {
    ...fields,
    ...threadOf(config, delivery),
    headers,
    envelope: { from: from[0] ?? '', to: addressesIn(text(config.to), 'to') },
    ...(config.text === '' ? {} : { text: text(config.text) }),
    ...(body === '' ? {} : { html: body }),
    ...(png === undefined || !body.includes(`cid:${GRAPH_CID}`)
      ? {}
      : { attachments: [{ filename: 'graph.png', content: Buffer.from(png), cid: GRAPH_CID }] }),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

async function tlsOf(tls: HttpTls, host: string, delivery: Delivery): Promise<object> {
  const of = async (source: HttpTls['ca']): Promise<string | undefined> =>
    source === undefined ? undefined : delivery.secret(source);
  const [ca, cert, key] = await Promise.all([of(tls.ca), of(tls.cert), of(tls.key)]);
  return {
    rejectUnauthorized: !tls.insecureSkipVerify,
    // An address is no server name; certificates are held against it all the same.
    ...(tls.serverName === '' && isIP(host) !== 0 ? {} : { servername: tls.serverName === '' ? host : tls.serverName }),
    ...(tls.minVersion === undefined ? {} : { minVersion: tls.minVersion }),
    ...(tls.maxVersion === undefined ? {} : { maxVersion: tls.maxVersion }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** Who we are to the server, where it asks: the password, or with a secret alone CRAM-MD5. */
async function authOf(config: EmailConfig, delivery: Delivery): Promise<object> {
  if (config.username === '') return {};
  const { password, secret } = config;
  if (password === undefined && secret === undefined)
    throw new DeliveryError('find auth mechanism: missing password for PLAIN and LOGIN, missing secret for CRAM-MD5', {
      retry: false,
    });
  const pass = await delivery.secret(password ?? secret ?? { kind: 'file', path: '' });
  const auth = { user: config.username, pass };
  if (password === undefined) return { auth, authMethod: 'CRAM-MD5' };
  if (config.identity === '') return { auth };
  const response = Buffer.from(`${config.identity}\0${config.username}\0${pass}`).toString('base64');
  const plain = async (context: PlainContext): Promise<void> => {
    const answer = await context.sendCommand(`AUTH PLAIN ${response}`);
    if (answer.status >= 200 && answer.status <= 299) context.resolve();
    else context.reject(new Error(`AUTH PLAIN: ${answer.response}`));
  };
  return { auth: { ...auth, type: 'custom', method: 'PLAIN' }, customAuth: { PLAIN: plain } };
}

interface PlainContext {
  sendCommand(command: string): Promise<{ status: number; response: string }>;
  resolve(): void;
  reject(error: Error): void;
}

async function deliver(config: EmailConfig, delivery: Delivery): Promise<Accepted> {
  if (delivery.signal.aborted) throw new DeliveryError('given up', { retry: true });
  const mail = mailOf(config, delivery);
  const { host, port } = config.smarthost;
  const transport = createTransport({
    host,
    port,
    name: config.hello,
    secure: config.implicitTls,
    requireTLS: config.requireTls && !config.implicitTls,
    ignoreTLS: !config.requireTls,
    tls: await tlsOf(config.tls, host, delivery),
    connectionTimeout: delivery.timeoutMs,
    greetingTimeout: delivery.timeoutMs,
    socketTimeout: delivery.timeoutMs,
    ...(await authOf(config, delivery)),
  });
  const aborted = new Promise<never>((_resolve, reject) => {
    delivery.signal.addEventListener('abort', () => reject(new DeliveryError('given up', { retry: true })), {
      once: true,
    });
  });
  try {
    const sent = await Promise.race([transport.sendMail(mail), aborted]);
    const rejected = sent.rejected.map(String);
    return {
      status: Number(/^\d{3}/.exec(sent.response)?.[0] ?? 250),
      providerId: sent.messageId,
      ...(rejected.length === 0 ? {} : { warning: `the server refused ${rejected.join(', ')}` }),
    };
  } catch (error) {
    throw error instanceof DeliveryError ? error : smtpFailure(error);
  } finally {
    transport.close();
  }
}

/** Everything a server says is worth another attempt, as upstream has it: greylisting and full mailboxes look alike. */
function smtpFailure(error: unknown): DeliveryError {
  const { message, responseCode } = error as { message?: string; responseCode?: number };
  return new DeliveryError(message ?? String(error), { retry: true, status: responseCode ?? 0, cause: error });
}
