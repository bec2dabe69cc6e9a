import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { DemoStartError } from '../demo.ts';

/** A notification as `demo/alertmanager.yml` writes it, and what came of its links. */
export interface Page {
  readonly to: string;
  readonly title: string;
  readonly status: string;
  readonly alert: string;
  readonly drill: string;
  readonly summary: string;
  readonly runbook: string;
  readonly graph: string;
  readonly logs: string;
  readonly trace: string;
  readonly patterns: string;
  readonly changes: string;
  readonly acknowledge: string;
  /** Bytes of the picture behind `graph`; 0 where it is none. */
  readonly graphBytes: number;
}

/** The people and channels of the demo: they take every page, except one that refuses and one that does not answer. */
export type StubReceiver = AsyncDisposable;

const MOST_BYTES = 1024 * 1024;
const THINKING_MS = 3_000;
const TIMEOUT_MS = 10_000;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);
const REFUSES = '/broken';
/** Who presses the button in the page of a drill. */
const ANSWERS = '/anna';

/** Starts the stub on a port of this machine. Rejects with DemoStartError when the port is taken. */
export async function startReceiver(port: number, heard: (page: Page) => void): Promise<StubReceiver> {
  const stopped = new AbortController();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    bodyOf(request)
      .then(async (body) => {
        if (path === REFUSES) return void response.writeHead(404).end('no such channel');
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
        // A template that gives nothing is null in a payload.
        const fields = Object.entries(JSON.parse(body) as Record<string, string | null>).map(([name, value]) => [
          name,
          value ?? '',
        ]);
        const page = { ...(Object.fromEntries(fields) as Omit<Page, 'to' | 'graphBytes'>), to: path.slice(1) };
        heard({ ...page, graphBytes: await pictureBytes(page.graph) });
        if (path !== ANSWERS || page.status !== 'firing' || page.drill === '') return;
        await delay(THINKING_MS, undefined, { signal: stopped.signal });
        await acknowledge(page.acknowledge);
      })
      .catch((error: unknown) => {
        if (!stopped.signal.aborted) process.stderr.write(`the stub receiver: ${String(error)}\n`);
      });
  });
  await listening(server, port);
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      server.close();
      server.closeAllConnections();
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new DemoStartError(`the stub of people and channels cannot listen on port ${port}`, { cause })),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error('a notification of more than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function pictureBytes(url: string): Promise<number> {
  if (url === '') return 0;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const bytes = Buffer.from(await response.arrayBuffer());
  return bytes.subarray(0, PNG.length).equals(PNG) ? bytes.length : 0;
}

async function acknowledge(url: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'action=acknowledge',
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.arrayBuffer();
  if (response.status !== 303) throw new Error(`the acknowledgement was answered with ${response.status}`);
}
