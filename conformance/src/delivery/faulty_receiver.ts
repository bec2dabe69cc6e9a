import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { freePort } from '../../../server/src/base/free_port.ts';

/** A notification that a receiver took. */
export interface Taken {
  readonly atMs: number;
  readonly groupKey: string;
  readonly idempotencyKey: string;
  readonly alerts: readonly TakenAlert[];
}

export interface TakenAlert {
  /** The label `n`: which alert of the run it is. */
  readonly n: string;
  readonly status: string;
  readonly startsAt: string;
}

/** How a receiver answers: by what it says, or by nothing at all. */
export type Fault = 'none' | 'down' | '5xx' | 'slow' | '429';

/** A webhook receiver that fails on demand and remembers what it took. */
export interface FaultyReceiver {
  readonly url: string;
  readonly taken: readonly Taken[];
  /** Requests that came, taken or not. */
  attempts(): number;
  become(fault: Fault): Promise<void>;
  /** Takes the next notification, says so to nobody, and resolves with the alerts that were in it. */
  holdNext(): Promise<Taken>;
  stop(): Promise<void>;
}

/** What `429` asks for, seconds. */
const RETRY_AFTER_SECONDS = 2;

export async function startFaultyReceiver(): Promise<FaultyReceiver> {
  const port = await freePort();
  const taken: Taken[] = [];
  let attempts = 0;
  let fault: Fault = 'none';
  let held: ((taken: Taken) => void) | undefined;
  let server: Server | undefined;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    attempts++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // Whoever is slow answers never: the sender gives up first.
    if (fault === 'slow') return;
    if (fault === '5xx') return void response.writeHead(503).end('overloaded');
    if (fault === '429') return void response.writeHead(429, { 'retry-after': `${RETRY_AFTER_SECONDS}` }).end();
    const notification = takenOf(Buffer.concat(chunks).toString('utf8'), request.headers['idempotency-key']);
    taken.push(notification);
    if (held === undefined) return void response.end();
    held(notification);
    held = undefined;
  };
  const listen = (): Promise<void> => {
    const fresh = createServer((request, response) => {
      // A request that breaks off is an attempt of a program that was killed.
      serve(request, response).catch(() => response.destroy());
    });
    server = fresh;
    return new Promise((resolve) => fresh.listen(port, '127.0.0.1', resolve));
  };
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      if (server === undefined) return resolve();
      server.closeAllConnections();
      server.close(() => resolve());
      server = undefined;
    });
  await listen();
  return {
    url: `http://127.0.0.1:${port}/`,
    taken,
    attempts: () => attempts,
    async become(next) {
      fault = next;
      await close();
      if (fault !== 'down') await listen();
    },
    holdNext: () =>
      new Promise((resolve) => {
        held = resolve;
      }),
    stop: close,
  };
}

function takenOf(text: string, idempotencyKey: string | string[] | undefined): Taken {
  const { groupKey, alerts } = JSON.parse(text) as {
    groupKey: string;
    alerts: { status: string; startsAt: string; labels: Record<string, string> }[];
  };
  return {
    atMs: Date.now(),
    groupKey,
    idempotencyKey: String(idempotencyKey ?? ''),
    alerts: alerts.map(({ status, startsAt, labels }) => ({ n: labels.n ?? '', status, startsAt })),
  };
}
