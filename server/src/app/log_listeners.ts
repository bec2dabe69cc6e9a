import { readFileSync } from 'node:fs';
import { Secret } from '../base/secret.ts';
import type { StreamServer } from '../base/stream_server.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { IngestLimits } from '../ingest/index.ts';
import type { Submit } from '../model/ingest.ts';
import { listenForward } from '../receive/fluent/index.ts';
import { listenSyslogStream, listenSyslogUdp } from '../receive/syslog/index.ts';
import { type Config, ConfigError, isLoopback, splitAddress } from './config.ts';

/** Fluent's port: opened beside the others of `--compat-ports`. */
const FORWARD_PORT = 24_224;

export interface LogListenerOptions {
  readonly config: Config;
  readonly submit: Submit;
  readonly limits: IngestLimits;
  readonly telemetry: Telemetry;
}

/** The doors of log protocols that are no HTTP; what is open of them. */
export interface LogListeners {
  close(deadlineMs: number): Promise<void>;
}

type Open = Pick<StreamServer, 'port' | 'close'>;

/** Where connections and messages that went wrong are counted and said. */
interface Notes {
  readonly problem: (door: 'forward' | 'syslog') => (message: string) => void;
  readonly lost: (messages: number, why: string) => void;
}

/**
 * Opens the listeners of the Forward protocol and of syslog that are configured. Rejects with ConfigError when an address
 * that was asked for cannot be had.
 */
export async function openLogListeners(options: LogListenerOptions): Promise<LogListeners> {
  const { config, telemetry } = options;
  const { log } = telemetry;
  const { syslog } = config;
  const notes = notesOf(telemetry);
  const wanted: readonly (readonly [setting: string, address: string, open: (address: string) => Promise<Open>])[] = [
    ['forward_listen', config.forward_listen ?? 'off', (address) => openForward(address, options, notes)],
    ['syslog.udp_listen', syslog.udp_listen, (address) => openUdp(address, options, notes)],
    ['syslog.tcp_listen', syslog.tcp_listen, (address) => openStream(address, undefined, options, notes)],
    ['syslog.tls_listen', syslog.tls_listen, (address) => openStream(address, certificateOf(config), options, notes)],
  ];
  const open: Open[] = [];
  const close = async (deadlineMs: number): Promise<void> => {
    await Promise.all(open.map((listener) => listener.close(deadlineMs)));
  };
  for (const [setting, address, opened] of wanted) {
    if (address === 'off') continue;
    try {
      open.push(await opened(address));
    } catch (error) {
      await close(0);
      if (error instanceof ConfigError) throw error;
      throw new ConfigError(`${setting}: ${address} cannot be opened: ${(error as Error).message}`, { cause: error });
    }
    log.info('listening for logs', { setting, address });
    const hasKey = setting === 'forward_listen' && config.forward.shared_key !== undefined;
    if (!isLoopback(splitAddress(address).host) && !hasKey)
      log.warn(`${setting}: whoever reaches ${address} can send logs`);
  }
  if (config.forward_listen === undefined && config.compat_ports)
    open.push(...(await openCompatForward(options, notes)));
  return { close };
}

function notesOf({ log, metrics }: Telemetry): Notes {
  const closed = metrics.counters(
    'trilith_log_connections_failed_total',
    'Connections of log senders closed for what came on them, or not served.',
    { door: ['forward', 'syslog'] },
  );
  const lostMessages = metrics.counter(
    'trilith_syslog_lost_messages_total',
    'Syslog messages that could not be stored and that nobody sends again.',
  );
  return {
    problem: (door) => (message) => {
      closed.with({ door }).inc();
      log.limited('WARN', `connections of ${door}`, 10, `${door}: ${message}`);
    },
    lost: (messages, why) => {
      lostMessages.inc(messages);
      log.limited('ERROR', 'syslog messages lost', 10, `syslog messages were lost: ${why}`, { messages });
    },
  };
}

/** Beside the HTTP listeners of `--compat-ports`, where whoever reaches it may send: on a loopback address or with a key. */
async function openCompatForward(options: LogListenerOptions, notes: Notes): Promise<Open[]> {
  const { config, telemetry } = options;
  const { host } = splitAddress(config.listen);
  if (!isLoopback(host) && config.forward.shared_key === undefined) return [];
  const address = `${host}:${FORWARD_PORT}`;
  try {
    return [await openForward(address, options, notes)];
  } catch (error) {
    telemetry.log.warn(`${address} could not be opened; nobody can send by the Forward protocol`, {
      code: (error as NodeJS.ErrnoException).code,
    });
    return [];
  }
}

function openForward(address: string, { config, submit, limits }: LogListenerOptions, notes: Notes): Promise<Open> {
  const { shared_key, tenant } = config.forward;
  return listenForward({
    ...splitAddress(address),
    tenant,
    ...(shared_key === undefined ? {} : { sharedKey: new Secret(shared_key) }),
    submit,
    limits: { ...limits.decode, bodyBytes: limits.bodyBytes },
    onProblem: notes.problem('forward'),
  });
}

function openUdp(address: string, { config, submit }: LogListenerOptions, notes: Notes): Promise<Open> {
  const { tenant } = config.syslog;
  return listenSyslogUdp({
    ...splitAddress(address),
    tenant,
    submit,
    onProblem: notes.problem('syslog'),
    onLost: notes.lost,
  });
}

async function openStream(
  address: string,
  tls: Certificate | undefined,
  { config, submit }: LogListenerOptions,
  notes: Notes,
): Promise<Open> {
  return listenSyslogStream({
    ...splitAddress(address),
    tenant: config.syslog.tenant,
    ...(tls === undefined ? {} : { tls }),
    submit,
    onProblem: notes.problem('syslog'),
    onLost: notes.lost,
  });
}

interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

function certificateOf(config: Config): Certificate {
  const { tls_cert, tls_key } = config.syslog;
  if (tls_cert === undefined || tls_key === undefined)
    throw new ConfigError('syslog.tls_listen needs syslog.tls_cert and syslog.tls_key, files of PEM');
  const read = (setting: string, path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new ConfigError(`${setting}: cannot read ${path}: ${(error as Error).message}`, { cause: error });
    }
  };
  return { cert: read('syslog.tls_cert', tls_cert), key: read('syslog.tls_key', tls_key) };
}
