import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { DoorName, Submit } from '../../model/ingest.ts';
import { submitHeld } from '../records/index.ts';
import { batchBytes, type RawMessage, writeBatch } from './batch.ts';

/** Datagrams that wait while others are being stored, bytes; the kernel's own buffer comes before. */
const WAITING_BYTES = 8 * 1024 * 1024;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** What one submission takes at most. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_MESSAGES = 20_000;

export interface DatagramOptions {
  readonly host: string;
  readonly port: number;
  /** Its decoder is given what `writeBatch` makes. */
  readonly door: DoorName;
  readonly tenant: string;
  readonly submit: Submit;
  readonly onProblem: (message: string) => void;
  /** Datagrams that could not be stored and are nowhere else. */
  readonly onLost: (messages: number, why: string) => void;
}

export interface DatagramServer {
  readonly port: number;
  /** Stops receiving; what waits is still stored. */
  close(): Promise<void>;
}

/**
 * Receives datagrams and submits them in batches. UDP cannot hold its senders up: what does not fit while we cannot store is
 * dropped and counted. Rejects when the address cannot be had.
 */
export async function listenDatagrams(options: DatagramOptions): Promise<DatagramServer> {
  const { door, tenant } = options;
  const socket = createSocket({
    type: options.host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: RECEIVE_BUFFER_BYTES,
  });
  const waiting: RawMessage[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let closing = false;
  let storing: Promise<void> = Promise.resolve();
  let busy = false;
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      waitingBytes -= batch.reduce((sum, message) => sum + batchBytes(message), 0);
      const outcome = await submitHeld(
        options.submit,
        { door, tenant, encoding: 'identity', body: writeBatch(batch), neverRetried: true },
        () => closing,
      );
      if (outcome.kind !== 'stored') options.onLost(batch.length, `${outcome.kind}: ${outcome.message}`);
      if (dropped > 0) options.onLost(dropped, 'datagrams came faster than they could be stored');
      dropped = 0;
    }
    busy = false;
  };
  socket.on('message', (bytes, { address }) => {
    const message = { peer: address, bytes };
    const size = batchBytes(message);
    if (waitingBytes + size > WAITING_BYTES) {
      dropped++;
      return;
    }
    waiting.push(message);
    waitingBytes += size;
    if (busy) return;
    busy = true;
    storing = drain();
  });
  await bound(socket, options);
  socket.on('error', (error) => options.onProblem(error.message));
  return {
    port: socket.address().port,
    async close() {
      closing = true;
      socket.close();
      await storing;
    },
  };
}

async function bound(socket: Socket, { host, port }: DatagramOptions): Promise<void> {
  socket.bind(port, host);
  await once(socket, 'listening');
}

function takeBatch(waiting: RawMessage[]): RawMessage[] {
  let bytes = 0;
  let count = 0;
  while (count < waiting.length && count < BATCH_MESSAGES && bytes < BATCH_BYTES)
    bytes += batchBytes(waiting[count++] as RawMessage);
  return waiting.splice(0, count);
}
