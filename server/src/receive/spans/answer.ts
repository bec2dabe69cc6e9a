import type { HttpResponse } from '../../base/http.ts';
import type { ContentEncoding, Outcome } from '../../model/ingest.ts';

/** The encodings that Zipkin's and Jaeger's senders use; undefined for others. */
export function spanEncoding(header: string | undefined): ContentEncoding | undefined {
  const encoding = (header ?? '').trim().toLowerCase();
  if (encoding === '') return 'identity';
  return encoding === 'identity' || encoding === 'gzip' || encoding === 'deflate' || encoding === 'zstd'
    ? encoding
    : undefined;
}

/** What Zipkin's and Jaeger's collectors answer: 202, with spans that were refused counted only. */
export function spanAnswer(outcome: Outcome): HttpResponse {
  switch (outcome.kind) {
    case 'stored':
      return { status: 202 };
    case 'undecodable':
      return text(400, outcome.message);
    case 'unsupported':
      return text(415, outcome.message);
    case 'too-large':
      return text(413, outcome.message);
    case 'over-quota':
      return text(429, outcome.message, outcome.retryAfterSeconds);
    case 'unavailable':
      return text(503, outcome.message, outcome.retryAfterSeconds);
  }
}

/** An answer in words. */
export function text(status: number, body: string, retryAfterSeconds?: number): HttpResponse {
  const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...retry }, body };
}
