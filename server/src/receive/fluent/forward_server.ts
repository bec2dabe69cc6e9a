import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { encode } from '@msgpack/msgpack';
import type { Secret } from '../../base/secret.ts';
import { DEFAULT_STREAM_LIMITS, listenStream, type StreamServer } from '../../base/stream_server.ts';
import type { DecodeLimits, Submit } from '../../model/ingest.ts';
import { submitHeld } from '../records/index.ts';
import { createHandshake } from './handshake.ts';
import { chunkOf, MessageReader } from './message_reader.ts';

export interface ForwardServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tenant: string;
  /** With it every connection begins with a handshake. */
  readonly sharedKey?: Secret;
  readonly submit: Submit;
  readonly limits: Pick<DecodeLimits, 'jsonDepth' | 'elementsPerRequest'> & { readonly bodyBytes: number };
  /** A connection that was closed for what came on it, or that could not be served. */
  readonly onProblem: (message: string) => void;
}

/** Messages that want no acknowledgement are stored together, up to this many bytes. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_MESSAGES = 10_000;
/** A sender is held up this long by our own overload before its connection is closed, ms. */
const HELD_MS = 30_000;
const HANDSHAKE_MS = 10_000;
/** A message that has begun must be complete after this long, ms. */
const MESSAGE_MS = 60_000;
/** When incomplete messages of all connections hold this much, large ones are not waited for. */
const HELD_BYTES = 128 * 1024 * 1024;
const LARGE_BYTES = 1024 * 1024;

/** Incomplete messages of all connections together. */
interface HeldMemory {
  bytes: number;
}

/** Messages to be stored by one submission. */
interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** To be acknowledged under this id. */
  readonly chunk?: string;
}

/**
 * Fluent's Forward protocol v1 over TCP: what Fluent Bit's and Fluentd's `forward` outputs and the fluent-logger libraries
 * send. A message with a chunk id is acknowledged when it is on disk, and only then; while we cannot store, the connection
 * is not read. Answers the UDP heartbeats of older Fluentds on the same port.
 */
export async function listenForward(options: ForwardServerOptions): Promise<StreamServer> {
  const memory: HeldMemory = { bytes: 0 };
  const server = await listenStream({
    host: options.host,
    port: options.port,
    serve: (socket) => serve(socket, options, memory),
    onError: (error) => options.onProblem(error instanceof Error ? error.message : String(error)),
  });
  const heartbeat = createSocket(options.host.includes(':') ? 'udp6' : 'udp4');
  heartbeat.on('message', (_, peer) => heartbeat.send(Uint8Array.of(0), peer.port, peer.address));
  heartbeat.on('error', (error) => {
    options.onProblem(`no UDP heartbeats: ${error.message}`);
    heartbeat.close();
  });
  heartbeat.bind(server.port, options.host);
  heartbeat.unref();
  return {
    port: server.port,
    async close(deadlineMs) {
      heartbeat.removeAllListeners('error').on('error', () => undefined);
      heartbeat.close();
      await server.close(deadlineMs);
    },
  };
}

/** One connection: the handshake if there is a key, then messages until it ends. */
async function serve(socket: Socket, options: ForwardServerOptions, memory: HeldMemory): Promise<void> {
  const { jsonDepth, elementsPerRequest, bodyBytes } = options.limits;
  const reader = new MessageReader({ depth: jsonDepth, elements: elementsPerRequest, bytes: bodyBytes });
  let handshake = options.sharedKey === undefined ? undefined : createHandshake(options.sharedKey.reveal());
  if (handshake !== undefined) {
    socket.setTimeout(HANDSHAKE_MS);
    socket.write(handshake.helo);
  }
  let begun = performance.now();
  let held = 0;
  try {
    for await (const bytes of socket) {
      if (reader.held === 0) begun = performance.now();
      reader.push(bytes as Buffer);
      if (handshake !== undefined) {
        const ping = reader.next();
        if (ping !== undefined) {
          const { accepted, pong } = handshake.answer(ping.bytes, ping.elements);
          socket.write(pong);
          if (!accepted) throw new Error('the shared key is another one');
          handshake = undefined;
        }
      }
      if (handshake === undefined) for (const batch of batches(reader)) await store(batch, socket, options);
      memory.bytes += reader.held - held;
      held = reader.held;
      if (handshake === undefined) socket.setTimeout(held > 0 ? MESSAGE_MS : DEFAULT_STREAM_LIMITS.idleMs);
      if (held > 0 && performance.now() - begun > MESSAGE_MS) throw new Error('a message took longer than a minute');
      if (held > LARGE_BYTES && memory.bytes > HELD_BYTES) throw new Error('too many incomplete messages at once');
    }
  } catch (error) {
    // A connection that breaks is the sender's to open again; whatever was not acknowledged is sent again.
    if (!isBroken(error))
      options.onProblem(`closed the connection of ${socket.remoteAddress}: ${(error as Error).message}`);
    socket.destroySoon();
  } finally {
    memory.bytes -= held;
  }
}

function isBroken(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).code === 'string';
}

/** What has come complete: each message with a chunk id by itself, so that a retry of it is known; others together. */
function* batches(reader: MessageReader): Generator<Batch> {
  let waiting: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (let message = reader.next(); message !== undefined; message = reader.next()) {
    const chunk = chunkOf(message);
    if (chunk !== undefined) {
      yield { bytes: message.bytes.slice(), chunk };
      continue;
    }
    waiting.push(message.bytes);
    bytes += message.bytes.length;
    if (bytes < BATCH_BYTES && waiting.length < BATCH_MESSAGES) continue;
    yield { bytes: joined(waiting, bytes) };
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield { bytes: joined(waiting, bytes) };
}

function joined(messages: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const message of messages) {
    bytes.set(message, at);
    at += message.length;
  }
  return bytes;
}

/** Stores a batch and acknowledges it. Waits while we are overloaded. Throws when it cannot be stored. */
async function store({ bytes, chunk }: Batch, socket: Socket, options: ForwardServerOptions): Promise<void> {
  const { submit, tenant } = options;
  const until = performance.now() + HELD_MS;
  const outcome = await submitHeld(
    submit,
    { door: 'fluent-forward', tenant, encoding: 'identity', body: bytes, neverRetried: chunk === undefined },
    () => performance.now() > until || socket.destroyed,
  );
  if (outcome.kind !== 'stored') throw new Error(`${outcome.kind}: ${outcome.message}`);
  if (chunk !== undefined) socket.write(encode({ ack: chunk }));
}
