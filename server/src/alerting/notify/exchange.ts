import { OutboundError, type OutboundRequest } from '../../base/outbound.ts';
import { type Delivery, DeliveryError } from './integration.ts';
import type { Json } from './json.ts';

/** One HTTP exchange with a provider, and what its answer means (Alertmanager's notify.Retrier). */
export interface Exchange {
  readonly method?: OutboundRequest['method'];
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless `body` is given. */
  readonly json?: Json | object;
  readonly body?: string;
  /** Status codes another attempt may change, besides 5xx and 429. */
  readonly retryOn?: readonly number[];
  /** What of the answer goes into the error; the whole text when absent. */
  readonly details?: (status: number, body: string) => string;
  /** Put before every error: `channel "#pages"`. */
  readonly about?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const MAX_REPLY_BYTES = 1024 * 1024;
/** Of an answer's text in an error: providers put pages of HTML there. */
const MAX_DETAILS = 1_000;
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Asks and returns the answer when it is 2xx. Throws DeliveryError otherwise: to be tried again for 5xx, 429 (upstream
 * leaves that to the channel; a provider that asks for patience gets it here everywhere) and where nothing came back.
 * Neither URL nor headers are in the error: both carry secrets.
 */
export async function exchange(delivery: Delivery, asked: Exchange): Promise<Reply> {
  const body = asked.body ?? (asked.json === undefined ? undefined : JSON.stringify(asked.json));
  const headers = {
    ...(body === undefined || asked.body !== undefined ? {} : { 'content-type': 'application/json' }),
    ...asked.headers,
  };
  const about = asked.about === undefined ? '' : `${asked.about}: `;
  try {
    const response = await delivery.http.send(asked.url, {
      method: asked.method ?? 'POST',
      headers,
      ...(body === undefined ? {} : { body }),
      timeoutMs: delivery.timeoutMs,
      maxBytes: MAX_REPLY_BYTES,
      signal: delivery.signal,
    });
    const text = Buffer.from(response.body).toString('utf8');
    if (response.status >= 200 && response.status <= 299) {
      return { status: response.status, headers: response.headers, text };
    }
    throw refusal(response.status, response.headers, text, asked, about);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    throw new DeliveryError(`${about}${error.message}`, { retry: error.kind !== 'blocked', cause: error });
  }
}

function refusal(
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
  asked: Exchange,
  about: string,
): DeliveryError {
  const details = (asked.details?.(status, text) ?? text).trim().slice(0, MAX_DETAILS);
  const retry = status >= 500 || status === 429 || (asked.retryOn?.includes(status) ?? false);
  return new DeliveryError(`${about}unexpected status code ${status}${details === '' ? '' : `: ${details}`}`, {
    retry,
    status,
    retryAfterMs: retry ? retryAfterMs(headers['retry-after']) : undefined,
  });
}

/** Seconds or a date (RFC 9110, 10.2.3), at most an hour; undefined for anything else. */
export function retryAfterMs(header: string | undefined, nowMs = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+(?:\.\d+)?$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** The answer as a JSON object; undefined when it is none. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Not JSON: the caller says what that means for its provider.
    return undefined;
  }
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? (parsed as Record<string, unknown>)
    : undefined;
}
