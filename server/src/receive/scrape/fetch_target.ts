import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createOutbound, type Outbound, OutboundError, type OutboundResponse } from '../../base/outbound.ts';
import type { ContentEncoding } from '../../model/ingest.ts';
import type { ScrapeJob, SecretSource } from './config/types.ts';
import type { ExpositionFormat } from './parse_text.ts';
import type { Target } from './targets.ts';

/** The body of one scrape, or why there is none. */
export type Fetched =
  | {
      readonly kind: 'body';
      readonly body: Uint8Array<ArrayBuffer>;
      readonly encoding: ContentEncoding;
      readonly format: ExpositionFormat;
    }
  | { readonly kind: 'failed'; readonly message: string };

/** OpenMetrics first, then the text format (upstream's default scrape_protocols without protobuf). */
const ACCEPT =
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';
/** Wire bytes taken at most; the decoder bounds what they may become. */
const MAX_WIRE_BYTES = 64 * 1024 * 1024;

/** Files a configuration names are relative to it. */
async function secretText(source: SecretSource, directory: string): Promise<string> {
  if (source.kind === 'inline') return source.value.reveal();
  if (source.kind === 'reference')
    throw new OutboundError('unreachable', `there is no secret manager to ask for ${source.name}`);
  return (await readFile(resolve(directory, source.path), 'utf8')).trim();
}

/** The client of a job: its connections and its TLS settings. */
export async function clientOf(job: ScrapeJob, directory: string): Promise<Outbound> {
  const { tls } = job;
  const [ca, cert, key] = await Promise.all(
    [tls.ca, tls.cert, tls.key].map((source) => (source === undefined ? undefined : secretText(source, directory))),
  );
  return createOutbound({
    allowPrivate: true,
    tls: {
      rejectUnauthorized: !tls.insecureSkipVerify,
      ...(tls.serverName === '' ? {} : { servername: tls.serverName }),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  });
}

async function requestHeaders(target: Target, directory: string): Promise<Record<string, string>> {
  const { job } = target;
  const headers: Record<string, string> = {
    accept: ACCEPT,
    'accept-encoding': job.enableCompression ? 'gzip' : 'identity',
    'x-prometheus-scrape-timeout-seconds': String(target.timeoutMs / 1000),
  };
  for (const [name, source] of job.headers) headers[name.toLowerCase()] = await secretText(source, directory);
  if (job.auth.kind === 'basic') {
    const user = await secretText(job.auth.username, directory);
    const password = await secretText(job.auth.password, directory);
    headers.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  } else if (job.auth.kind === 'header') {
    headers.authorization = `${job.auth.scheme} ${await secretText(job.auth.credentials, directory)}`;
  }
  return headers;
}

function formatOf(contentType: string): ExpositionFormat {
  return contentType.trim().toLowerCase().startsWith('application/openmetrics-text') ? 'openmetrics' : 'text';
}

/** Uncompressed size of a body; of gzip what its trailer says (RFC 1952, modulo 2^32). */
function uncompressedBytes(body: Uint8Array<ArrayBuffer>, encoding: ContentEncoding): number {
  if (encoding === 'identity' || body.length < 4) return body.length;
  return new DataView(body.buffer, body.byteOffset).getUint32(body.length - 4, true);
}

function answered(target: Target, response: OutboundResponse): Fetched {
  if (response.status !== 200) return { kind: 'failed', message: `server returned HTTP status ${response.status}` };
  const written = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase() || 'identity';
  if (written !== 'gzip' && written !== 'identity') {
    return { kind: 'failed', message: `content encoding ${JSON.stringify(written.slice(0, 32))} was not asked for` };
  }
  const limit = target.job.bodySizeLimit;
  if (limit > 0 && uncompressedBytes(response.body, written) > limit) {
    return { kind: 'failed', message: `body size limit exceeded: more than ${limit} bytes` };
  }
  return {
    kind: 'body',
    body: response.body,
    encoding: written,
    format: formatOf(response.headers['content-type'] ?? ''),
  };
}

/** Asks a target once. Never throws for what the target or the network does. */
export async function fetchTarget(
  target: Target,
  client: Outbound,
  directory: string,
  signal: AbortSignal,
): Promise<Fetched> {
  try {
    const headers = await requestHeaders(target, directory);
    const response = await client.send(target.url, {
      headers,
      timeoutMs: target.timeoutMs,
      maxBytes: MAX_WIRE_BYTES,
      signal,
      maxRedirects: target.job.followRedirects ? 10 : 0,
    });
    return answered(target, response);
  } catch (error) {
    if (error instanceof OutboundError || (error instanceof Error && 'code' in error)) {
      return { kind: 'failed', message: error.message };
    }
    throw error;
  }
}
