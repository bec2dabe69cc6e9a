import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { type RunningServer, startServer } from '../running_server.ts';

let server: RunningServer;

before(async () => {
  server = await startServer();
});

after(() => server.stop());

type Entry = readonly [timeNs: string, line: string, ...unknown[]];
interface Frame {
  readonly streams: readonly { readonly stream: Readonly<Record<string, string>>; readonly values: readonly Entry[] }[];
  readonly dropped_entries?: readonly { readonly timestamp: string }[];
}

/** Nanoseconds now, `ago` seconds earlier. */
const now = (ago = 0): bigint => BigInt(Date.now() - ago * 1000) * 1_000_000n;

async function push(labels: Readonly<Record<string, string>>, entries: readonly Entry[]): Promise<void> {
  const body = JSON.stringify({ streams: [{ stream: labels, values: entries }] });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/loki/api/v1/push`, { method: 'POST', headers, body });
  assert.equal(response.status, 204, await response.text());
}

/** A tail whose lines can be waited for. */
class TailClient {
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;
  #look: () => void = () => undefined;

  constructor(parameters: Readonly<Record<string, string>>, path = '/loki/api/v1/tail') {
    const url = new URL(`${server.url}${path}?${new URLSearchParams(parameters)}`);
    url.protocol = 'ws:';
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener('message', ({ data }) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      this.#look();
    });
  }

  get lines(): string[] {
    return this.frames.flatMap(({ streams }) => streams.flatMap(({ values }) => values.map(([, line]) => line)));
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.addEventListener('open', () => resolve());
      this.#socket.addEventListener('error', () => reject(new Error('the tail was refused')));
    });
  }

  async until(what: string, check: () => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(10_000);
    while (!check()) {
      await new Promise<void>((resolve, reject) => {
        this.#look = resolve;
        deadline.addEventListener('abort', () => reject(new Error(`not in time: ${what}; ${this.lines.join(' | ')}`)));
      });
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.addEventListener('close', () => resolve());
      this.#socket.close();
    });
  }
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

test('history comes first, then the present, without gap or repetition', async () => {
  const labels = { service: 'payments-api', case: 'joined' };
  let next = 0;
  const send = async (): Promise<void> => {
    const at = now();
    await push(
      labels,
      numbered(next, next + 5).map((line, i) => [String(at + BigInt(i)), line]),
    );
    next += 5;
  };
  for (let i = 0; i < 4; i++) await send();
  const tail = new TailClient({ query: '{case="joined"}', start: String(now(600)), limit: '1000' });
  // Lines go on coming while the connection is made and history is read.
  for (let i = 0; i < 10; i++) await send();
  await tail.opened();
  for (let i = 0; i < 4; i++) await send();
  await tail.until('all lines', () => tail.lines.length >= next);
  // A batch that waits for its stream to be known may be overtaken: none is missing, none is shown twice.
  assert.deepEqual(tail.lines.toSorted(), numbered(0, next).toSorted());
  await tail.close();
});

test('lines are filtered and shaped by the whole query, metadata and level included', async () => {
  const query =
    '{case="piped"} |= "card" | json | status >= 500 | level = "error" | user="u7" | line_format "{{.status}} {{.user}}"';
  const tail = new TailClient({ query, limit: '0' });
  await tail.opened();
  const at = now();
  await push({ service: 'a', case: 'piped' }, [
    [String(at), '{"msg":"card","status":500,"level":"error"}', { user: 'u7' }],
    [String(at + 1n), '{"msg":"card","status":200,"level":"error"}', { user: 'u7' }],
    [String(at + 2n), '{"msg":"cash","status":500,"level":"error"}', { user: 'u7' }],
    [String(at + 3n), '{"msg":"card","status":500,"level":"info"}', { user: 'u7' }],
    [String(at + 4n), '{"msg":"card","status":503,"level":"error"}', { user: 'u8' }],
    [String(at + 5n), '{"msg":"card","status":503,"level":"error"}', { user: 'u7' }],
  ]);
  await tail.until('two lines', () => tail.lines.length >= 2);
  assert.deepEqual(tail.lines, ['500 u7', '503 u7']);
  await tail.close();
});

test('selectors ask the same of lines on their way as of stored ones', async () => {
  const selectors = [
    '{case="same", level="error"}',
    '{case="same", level!="error"}',
    '{case="same", service_name="b"}',
    '{case="same", pod=~"p.*"}',
    '{case="same", pod!="p1"}',
    '{case="same", trace_id="0AF7651916CD43DD8448EB211C80319C"}',
    '{case="same", unheard_of=""}',
  ];
  const tails = selectors.map((query) => new TailClient({ query: `${query} != "end"`, limit: '0' }));
  const end = new TailClient({ query: '{case="same"} |= "end"', limit: '0' });
  await Promise.all([...tails, end].map((tail) => tail.opened()));
  const at = now();
  const trace = '0af7651916cd43dd8448eb211c80319c';
  for (const [n, service] of ['a', 'b'].entries()) {
    await push({ service, case: 'same' }, [
      [String(at), `${service} level=error`, { pod: 'p1' }],
      [String(at + 1n), `${service} level=info trace_id=${trace}`, { pod: 'p2' }],
      [String(at + 2n), `${service} plain ${n}`],
    ]);
  }
  await push({ service: 'z', case: 'same' }, [[String(at + 3n), 'end']]);
  await end.until('the end', () => end.lines.length > 0);
  for (const [i, selector] of selectors.entries()) {
    const parameters = { query: `${selector} != "end"`, start: String(at), direction: 'forward' };
    const stored = await eventualLines(parameters);
    const tail = tails[i];
    assert.ok(tail);
    await tail.until(`${selector}: ${stored.length} lines`, () => tail.lines.length >= stored.length);
    assert.deepEqual(tail.lines.toSorted(), stored.toSorted(), selector);
  }
  await Promise.all([...tails, end].map((tail) => tail.close()));
});

/** Lines of a range query when all six records are in the store. */
async function eventualLines(parameters: Readonly<Record<string, string>>): Promise<string[]> {
  const ask = async (query: string): Promise<string[]> => {
    const answer = (await server.get('/loki/api/v1/query_range', { ...parameters, query })) as {
      data: { result: Frame['streams'] };
    };
    return answer.data.result.flatMap(({ values }) => values.map(([, line]) => line));
  };
  const deadline = Date.now() + 10_000;
  while ((await ask('{case="same"}')).length < 7) assert.ok(Date.now() < deadline, 'the lines are in the store');
  return ask(parameters.query ?? '');
}

test('a stream that began just before its tail is known in time', async () => {
  for (let i = 0; i < 3; i++) {
    const labels = { service: 'young', case: `young-${i}` };
    await push(labels, [[String(now()), 'before']]);
    const tail = new TailClient({ query: `{case="young-${i}"}`, limit: '0' });
    await tail.opened();
    await push(labels, [[String(now()), 'after']]);
    await tail.until('the line', () => tail.lines.length > 0);
    assert.deepEqual(tail.lines, ['after']);
    await tail.close();
  }
});

test('what comes too fast is left out and said', async () => {
  const tail = new TailClient({ query: '{case="flood"}', limit: '0' });
  await tail.opened();
  const at = now();
  for (let i = 0; i < 5; i++) {
    await push(
      { service: 'a', case: 'flood' },
      numbered(0, 2000).map((line, n) => [String(at + BigInt(i * 2000 + n)), line]),
    );
  }
  await tail.until('a word about what was left out', () =>
    tail.frames.some((frame) => frame.dropped_entries !== undefined),
  );
  assert.ok(tail.lines.length > 0 && tail.lines.length < 10_000, String(tail.lines.length));
  await tail.close();
});

test('the tail of our own API names lines as pages do, and counts what is left out', async () => {
  const labels = { service: 'payments-api', case: 'own' };
  const at = now();
  await push(labels, [[String(at), 'stored']]);
  const tail = new TailClient({ query: '{case="own"}' }, '/api/logs/tail');
  await tail.opened();
  await push(labels, [[String(at + 1n), 'live']]);
  type OwnFrame = {
    readonly lines: readonly { readonly id: string; readonly line: string }[];
    readonly dropped: number;
  };
  const frames = tail.frames as unknown as OwnFrame[];
  await tail.until('both lines', () => frames.flatMap(({ lines }) => lines).length === 2);
  const range = { start: String(at - 1n), end: String(at + 10n), direction: 'forward' };
  const page = (await server.get('/api/logs/lines', { query: '{case="own"}', ...range })) as OwnFrame;
  const shown = frames.flatMap(({ lines }) => lines).map(({ id, line }) => [id, line]);
  assert.deepEqual(
    page.lines.map(({ id, line }) => [id, line]),
    shown.slice(0, page.lines.length),
  );
  assert.deepEqual(
    frames.map(({ dropped }) => dropped).filter((n) => n > 0),
    [],
  );
  await tail.close();
});

const REFUSED: readonly (readonly [path: string, query: string, headers: Record<string, string>, status: number])[] = [
  ['/loki/api/v1/tail', '{case=', {}, 400],
  ['/loki/api/v1/tail', 'rate({case="x"}[1m])', {}, 400],
  ['/loki/api/v1/tail', '{case="x"}', { origin: 'http://elsewhere.example' }, 403],
  ['/loki/api/v1/nothing', '{case="x"}', {}, 404],
];

for (const [path, query, headers, status] of REFUSED) {
  test(`a tail of ${query} at ${path} ${JSON.stringify(headers)} is refused with ${status}`, async () => {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    const key = { 'sec-websocket-key': Buffer.alloc(16).toString('base64') };
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const url = `${server.url}${path}?${new URLSearchParams({ query })}`;
      const asked = request(url, { headers: { ...upgrade, ...key, ...headers } });
      asked.on('response', (response) => resolve(response.resume().statusCode));
      asked.on('upgrade', (_, socket) => {
        socket.destroy();
        resolve(101);
      });
      asked.on('error', reject).end();
    });
    assert.equal(answered, status);
  });
}
