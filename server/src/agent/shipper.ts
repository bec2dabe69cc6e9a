import { setTimeout as delay } from 'node:timers/promises';
import { type Outbound, OutboundError, type OutboundResponse } from '../base/outbound.ts';
import { ProtobufError, ProtobufReader } from '../base/protobuf.ts';
import type { Secret } from '../base/secret.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import type { DeliveryQueue } from './delivery_queue.ts';

export interface ShipperOptions {
  /** What is shipped, for metrics and messages. */
  readonly signal: 'logs' | 'metrics';
  readonly queue: DeliveryQueue;
  readonly outbound: Outbound;
  readonly url: string;
  /** Content type, encoding and what else the protocol asks for. */
  readonly headers: Readonly<Record<string, string>>;
  /** Read for every request, so that a renewed key is used. */
  readonly key: () => Promise<Secret | undefined>;
  readonly log: Logger;
  readonly telemetry: ShipperTelemetry;
}

export interface ShipperTelemetry {
  sent(signal: ShipperOptions['signal'], result: 'ok' | 'retried' | 'dropped'): void;
  rejected(signal: ShipperOptions['signal'], records: number): void;
}

const SIGNALS = ['logs', 'metrics'] as const;

export function shipperTelemetry(metrics: MetricsRegistry): ShipperTelemetry {
  const requests = metrics.counters('trilith_agent_requests_total', 'Requests to the server by how they ended.', {
    signal: SIGNALS,
    result: ['ok', 'retried', 'dropped'],
  });
  const rejected = metrics.counters(
    'trilith_agent_rejected_total',
    'Records the server took no part of a request for.',
    {
      signal: SIGNALS,
    },
  );
  return {
    sent: (signal, result) => requests.with({ signal, result }).inc(),
    rejected: (signal, records) => rejected.with({ signal }).inc(records),
  };
}

const REQUEST_MS = 60_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 30_000;
/** A server that asks for more patience than this is asked again nevertheless, ms. */
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * Statuses after which the same bytes may be sent again: the transient ones of OTLP (opentelemetry.io/docs/specs/otlp,
 * "Retryable Response Codes") and remote write, and those that a change of configuration cures: no record is worth less
 * because a key had expired or an address was wrong.
 */
const AGAIN: ReadonlySet<number> = new Set([401, 403, 404, 405, 407, 408, 421, 425, 429]);

/** Sends the entries of a queue one after another, each until the server has it or refuses it for good. */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #stop = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  /** Whether the last request reached the server. */
  reachable = true;

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Stops between requests, or in the middle of one: its entry stays in the queue. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#stopped.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { queue, log, signal } = this.#options;
    let wait = FIRST_WAIT_MS;
    while (!this.#stop.signal.aborted) {
      const { changed } = queue;
      const frame = queue.first();
      if (frame === undefined) {
        await Promise.race([changed, this.#stopped.promise]);
        continue;
      }
      try {
        const entry = await queue.read(frame);
        if (entry === undefined) {
          log.error('an entry of the queue is damaged and lost', { signal, bytes: frame.bytes });
          this.#options.telemetry.sent(signal, 'dropped');
          await queue.delivered(frame);
          continue;
        }
        const patience = await this.#send(entry.body);
        if (patience === undefined) {
          await queue.delivered(frame);
          wait = FIRST_WAIT_MS;
          continue;
        }
        await pause(Math.max(patience, wait * (0.75 + Math.random() / 2)), this.#stop.signal);
      } catch (error) {
        log.limited('ERROR', `queue ${signal}`, 60, 'the queue could not be read', { error });
        await pause(wait, this.#stop.signal);
      }
      wait = Math.min(wait * 2, MAX_WAIT_MS);
    }
  }

  /** @returns undefined when the entry is done with, else how long to wait at least, ms */
  async #send(body: Uint8Array): Promise<number | undefined> {
    const { outbound, url, headers, key, log, telemetry, signal } = this.#options;
    let response: OutboundResponse;
    try {
      const secret = await key();
      response = await outbound.send(url, {
        method: 'POST',
        headers: { ...headers, ...(secret === undefined ? {} : { authorization: `Bearer ${secret.reveal()}` }) },
        body,
        timeoutMs: REQUEST_MS,
        maxBytes: MAX_ANSWER_BYTES,
        keepMethod: true,
        signal: this.#stop.signal,
      });
    } catch (error) {
      if (this.#stop.signal.aborted) return 0;
      this.reachable = false;
      telemetry.sent(signal, 'retried');
      const reason = error instanceof OutboundError ? error.message : String(error);
      log.limited('WARN', `send ${signal}`, 60, 'the server cannot be reached; records wait on disk', { url, reason });
      return 0;
    }
    return this.#judge(response);
  }

  #judge(response: OutboundResponse): number | undefined {
    const { url, log, telemetry, signal } = this.#options;
    const { status } = response;
    this.reachable = status < 500;
    if (status >= 200 && status < 300 && !isPage(response)) {
      telemetry.sent(signal, 'ok');
      if (signal === 'logs') this.#noteRejected(response.body);
      return undefined;
    }
    const reason = Buffer.from(response.body)
      .toString('utf8')
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .slice(0, 500);
    if (status < 400) {
      this.reachable = false;
      telemetry.sent(signal, 'retried');
      const message = 'what answers is not the server (a page, a redirect); records wait on disk';
      log.limited('WARN', `send ${signal}`, 60, message, { url, answeredBy: response.url, status, reason });
      return 0;
    }
    if (status >= 500 || AGAIN.has(status)) {
      telemetry.sent(signal, 'retried');
      const message = 'the server does not take records now; they wait on disk';
      log.limited('WARN', `send ${signal}`, 60, message, { url, status, reason });
      return retryAfterMs(response.headers['retry-after']);
    }
    telemetry.sent(signal, 'dropped');
    log.error('the server refused a request for good; its records are dropped', { url, status, reason });
    return undefined;
  }

  /** ExportLogsServiceResponse: partial_success = 1 (rejected_log_records = 1, error_message = 2). */
  #noteRejected(body: Uint8Array<ArrayBuffer>): void {
    const { rejected, message } = partialSuccess(body);
    if (rejected > 0) this.#options.telemetry.rejected(this.#options.signal, rejected);
    if (message === '') return;
    const text = 'the server did not store everything of a request';
    this.#options.log.limited('WARN', 'rejected', 60, text, { rejected, reason: message });
  }
}

/** Whether a person's page came instead of an answer: a login, a proxy's own, another program at a wrong address. */
function isPage({ headers }: OutboundResponse): boolean {
  return headers['content-type']?.startsWith('text/html') ?? false;
}

/** What an OTLP answer says was not stored. */
export function partialSuccess(body: Uint8Array<ArrayBuffer>): { rejected: number; message: string } {
  const said = { rejected: 0, message: '' };
  try {
    const reader = new ProtobufReader(body);
    while (!reader.done) {
      const tag = reader.tag();
      if (tag !== 0x0a) {
        reader.skip(tag);
        continue;
      }
      const inner = new ProtobufReader(body.subarray(...range(reader)));
      while (!inner.done) {
        const field = inner.tag();
        if (field === 0x08) said.rejected = inner.varint32();
        else if (field === 0x12) {
          const [start, end] = range(inner);
          said.message = Buffer.from(inner.bytes.subarray(start, end)).toString('utf8');
        } else inner.skip(field);
      }
    }
  } catch (error) {
    // A proxy answered 200 with something else: nothing is known to be rejected.
    if (!(error instanceof ProtobufError)) throw error;
  }
  return said;
}

function range(reader: ProtobufReader): [start: number, end: number] {
  const end = reader.lengthEnd();
  const start = reader.position;
  reader.position = end;
  return [start, end];
}

/** RFC 9110, 10.2.3: seconds or a date; ms from now. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number {
  if (header === undefined) return 0;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
