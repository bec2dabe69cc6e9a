import { OutboundError } from '../../../../base/outbound.ts';
import type { ApiAccess } from './api_client.ts';
import { at, isObject, type KubeObject, keyOf, listAt, nameOf, namespaceOf, textAt } from './fields.ts';

/** A collection of the API kept up to date by listing and watching (kubernetes.io/docs/reference/using-api/api-concepts). */
export interface Collection {
  readonly objects: ReadonlyMap<string, KubeObject>;
  /** Whether it was listed once. */
  readonly listed: boolean;
  stop(): Promise<void>;
}

export interface CollectionOptions {
  readonly access: ApiAccess;
  /** `/api/v1/pods` or `/api/v1/namespaces/x/pods`. */
  readonly path: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly changed: () => void;
  readonly failed: (reason: string) => void;
  /** First wait after a failure, ms. */
  readonly retryMs?: number;
}

const PAGE = 500;
const MAX_OBJECTS = 500_000;
const MAX_BODY = 256 * 1024 * 1024;
const MAX_EVENT = 16 * 1024 * 1024;
const REQUEST_MS = 60_000;
/** The server ends a watch after this long, s; it is taken up again where it stood. */
const WATCH_SECONDS = 300;
const MAX_RETRY_MS = 30_000;

/** What was known of the past is gone (410): everything has to be listed again. */
class ExpiredError extends Error {
  override readonly name = 'ExpiredError';
}

export function watchCollection(options: CollectionOptions): Collection {
  const { access, path, changed, failed } = options;
  const stop = new AbortController();
  let objects = new Map<string, KubeObject>();
  let listed = false;
  let version = '';

  const url = (parameters: Readonly<Record<string, string>>): string => {
    const query = new URLSearchParams();
    if (options.labelSelector !== '') query.set('labelSelector', options.labelSelector);
    if (options.fieldSelector !== '') query.set('fieldSelector', options.fieldSelector);
    for (const [name, value] of Object.entries(parameters)) if (value !== '') query.set(name, value);
    return `${access.server}${path}?${query}`;
  };
  const headers = { accept: 'application/json' };

  const page = async (token: string): Promise<unknown> => {
    const address = url({ limit: String(PAGE), continue: token });
    const request = { headers, timeoutMs: REQUEST_MS, maxBytes: MAX_BODY, signal: stop.signal };
    const response = await access.client.send(address, request);
    const body = Buffer.from(response.body).toString('utf8');
    if (response.status === 410) throw new ExpiredError('the list expired');
    if (response.status !== 200) throw new Error(`${path}: the API server answered ${response.status}: ${said(body)}`);
    return JSON.parse(body);
  };

  const listAll = async (): Promise<void> => {
    const fresh = new Map<string, KubeObject>();
    let token = '';
    do {
      const answer = await page(token);
      for (const item of listAt(answer, 'items')) {
        if (!isObject(item)) continue;
        if (fresh.size >= MAX_OBJECTS) throw new Error(`${path}: more than ${MAX_OBJECTS} objects`);
        fresh.set(keyOf(namespaceOf(item), nameOf(item)), item);
      }
      version = textAt(answer, 'metadata', 'resourceVersion');
      token = textAt(answer, 'metadata', 'continue');
    } while (token !== '');
    objects = fresh;
    listed = true;
    changed();
  };

  const event = (line: string): void => {
    const parsed: unknown = JSON.parse(line);
    const [type, object] = [textAt(parsed, 'type'), at(parsed, 'object')];
    if (type === 'ERROR') {
      if (textAt(object, 'code') === '410') throw new ExpiredError(textAt(object, 'message'));
      throw new Error(`${path}: ${textAt(object, 'message') || 'the watch failed'}`);
    }
    if (!isObject(object)) return;
    version = textAt(object, 'metadata', 'resourceVersion') || version;
    const key = keyOf(namespaceOf(object), nameOf(object));
    if (type === 'ADDED' || type === 'MODIFIED') {
      if (objects.size >= MAX_OBJECTS && !objects.has(key))
        throw new Error(`${path}: more than ${MAX_OBJECTS} objects`);
      objects.set(key, object);
    } else if (type === 'DELETED') objects.delete(key);
    // BOOKMARK moves the version only.
    if (type !== 'BOOKMARK') changed();
  };

  /** Follows changes until the server ends the watch. */
  const follow = async (): Promise<void> => {
    const parameters = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(WATCH_SECONDS),
    };
    const request = { headers, timeoutMs: REQUEST_MS, maxBytes: MAX_BODY, signal: stop.signal };
    const stream = await access.client.open(url(parameters), request);
    try {
      if (stream.status === 410) throw new ExpiredError('the version is too old');
      if (stream.status !== 200) throw new Error(`${path}: the API server answered a watch with ${stream.status}`);
      const decoder = new TextDecoder();
      let rest = '';
      for await (const chunk of stream.body) {
        rest += decoder.decode(chunk, { stream: true });
        if (rest.length > MAX_EVENT) throw new Error(`${path}: an event is longer than ${MAX_EVENT} characters`);
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.trim() !== '') event(line);
      }
    } finally {
      stream.close();
    }
  };

  const run = async (): Promise<void> => {
    const first = options.retryMs ?? 1_000;
    let wait = first;
    let known = false;
    while (!stop.signal.aborted) {
      try {
        if (!known) await listAll();
        known = true;
        const began = Date.now();
        await follow();
        wait = first;
        // A server that ends watches at once must not be asked without a pause.
        if (Date.now() - began < first) await pause(first, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof ExpiredError) {
          known = false;
          await pause(first / 10, stop.signal);
          continue;
        }
        // After a broken connection the version still stands; after anything else the truth is listed anew.
        if (!(error instanceof OutboundError)) known = false;
        failed(error instanceof Error ? error.message : String(error));
        await pause(wait, stop.signal);
        wait = Math.min(wait * 2, MAX_RETRY_MS);
      }
    }
  };
  const running = run();
  return {
    get objects() {
      return objects;
    },
    get listed() {
      return listed;
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

/** The message of a Status object, or the beginning of what stands there instead. */
function said(body: string): string {
  try {
    return textAt(JSON.parse(body), 'message').slice(0, 300);
  } catch {
    // Proxies answer in HTML; its beginning says enough.
    return body.slice(0, 100);
  }
}
