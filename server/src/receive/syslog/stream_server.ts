import type { Socket } from 'node:net';
import {
  DEFAULT_STREAM_LIMITS,
  listenStream,
  type StreamServer,
  type StreamServerOptions,
} from '../../base/stream_server.ts';
import type { Submit } from '../../model/ingest.ts';
import { type RawMessage, writeBatch } from '../datagrams/index.ts';
import { submitHeld } from '../records/index.ts';
import { SyslogFrames } from './frames.ts';

/** With a longer message a connection is closed: it holds up memory, and is no syslog. */
const MESSAGE_BYTES = 256 * 1024;
/** A connection that ended is served this much longer, ms: its sender has no way to send again. */
const HELD_MS = 60_000;

export interface SyslogStreamOptions {
  readonly host: string;
  readonly port: number;
  readonly tenant: string;
  readonly tls?: NonNullable<StreamServerOptions['tls']>;
  readonly submit: Submit;
  /** A connection that was closed for what came on it, or that could not be served. */
  readonly onProblem: (message: string) => void;
  /** Messages that could not be stored and are nowhere else. */
  readonly onLost: (messages: number, why: string) => void;
}

/**
 * Syslog over TCP (RFC 6587) or TLS (RFC 5425). There are no acknowledgements: while we cannot store, a connection is not
 * read, and the sender's own queue fills.
 */
export function listenSyslogStream(options: SyslogStreamOptions): Promise<StreamServer> {
  return listenStream({
    host: options.host,
    port: options.port,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    serve: (socket) => serve(socket, options),
    onError: (error) => options.onProblem(error instanceof Error ? error.message : String(error)),
  });
}

async function serve(socket: Socket, options: SyslogStreamOptions): Promise<void> {
  const frames = new SyslogFrames(MESSAGE_BYTES);
  const peer = socket.remoteAddress ?? '';
  try {
    for await (const bytes of socket) {
      await store(frames.push(bytes as Buffer), peer, socket, options);
      socket.setTimeout(DEFAULT_STREAM_LIMITS.idleMs);
    }
  } catch (error) {
    // A connection that breaks has nothing more to say; what came complete is stored.
    if (typeof (error as NodeJS.ErrnoException).code !== 'string')
      options.onProblem(`closed the connection of ${peer}: ${(error as Error).message}`);
    socket.destroySoon();
  }
  await store(frames.end(), peer, socket, options);
}

async function store(
  messages: readonly Uint8Array[],
  peer: string,
  socket: Socket,
  { submit, tenant, onLost }: SyslogStreamOptions,
): Promise<void> {
  if (messages.length === 0) return;
  let closedAt = 0;
  const outcome = await submitHeld(
    submit,
    {
      door: 'syslog',
      tenant,
      encoding: 'identity',
      body: writeBatch(messages.map((bytes): RawMessage => ({ peer, bytes }))),
      neverRetried: true,
    },
    () => {
      if (!socket.destroyed) return false;
      closedAt = closedAt === 0 ? performance.now() : closedAt;
      return performance.now() - closedAt > HELD_MS;
    },
  );
  if (outcome.kind !== 'stored') onLost(messages.length, `${outcome.kind}: ${outcome.message}`);
}
