import { createServer } from 'node:http';

/** What a receiver was told, without what differs between two programs by nature (addresses, exact times). */
export interface Notified {
  /** The path it came to: the receiver's name. */
  readonly receiver: string;
  /** Seconds since `begin`. */
  readonly at: number;
  readonly status: string;
  readonly groupKey: string;
  /** Everything else that has to be equal, as text. */
  readonly content: string;
}

export interface WebhookStub {
  readonly url: string;
  readonly notified: Notified[];
  /** Counts times from now. */
  begin(): void;
  /** Answers with this status from now on; 200 at first. */
  answer(status: number): void;
  stop(): Promise<void>;
}

/** A webhook receiver that remembers what it is told. */
export async function startWebhookStub(): Promise<WebhookStub> {
  const notified: Notified[] = [];
  let startedMs = performance.now();
  let status = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const at = (performance.now() - startedMs) / 1000;
    if (status === 200)
      notified.push({
        receiver: request.url ?? '',
        at,
        ...normalized(JSON.parse(Buffer.concat(chunks).toString('utf8'))),
      });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    notified,
    begin: () => {
      startedMs = performance.now();
    },
    answer: (next) => {
      status = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function normalized(body: Fields): Pick<Notified, 'status' | 'groupKey' | 'content'> {
  const alerts = (body.alerts as Fields[]).map((alert) => ({
    ...alert,
    // Both programs were told the start; the end of what fires is not told, that of what has ended is when it was.
    endsAt: alert.status === 'firing' ? alert.endsAt : 'over',
    startsAt: typeof alert.startsAt,
  }));
  const { groupKey, status, externalURL, ...rest } = body;
  const content = JSON.stringify(sorted({ ...rest, externalURL: typeof externalURL, alerts }));
  return { status: String(status), groupKey: String(groupKey), content };
}

/** Keys of objects in order, at any depth. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
