import type { HttpClient } from '../../base/http_client.ts';
import { OutboundError, type OutboundResponse } from '../../base/outbound.ts';
import type { ContentEncoding } from '../../model/ingest.ts';
import type { EscapingScheme, ScrapeProtocol } from './config/types.ts';
import type { ScrapeFormat } from './meta.ts';
import type { Target } from './targets.ts';

/** The body of one scrape, or why there is none. */
export type Fetched =
  | {
      readonly kind: 'body';
      readonly body: Uint8Array<ArrayBuffer>;
      readonly encoding: ContentEncoding;
      readonly format: ScrapeFormat;
    }
  | { readonly kind: 'failed'; readonly message: string };

/** Wire bytes taken at most; the decoder bounds what they may become. */
const MAX_WIRE_BYTES = 64 * 1024 * 1024;

const MEDIA_TYPES: Readonly<Record<ScrapeProtocol, string>> = {
  PrometheusProto: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
};
/** The versions that know how to escape names. */
const ESCAPED: ReadonlySet<ScrapeProtocol> = new Set(['PrometheusText1.0.0', 'OpenMetricsText1.0.0']);

/** What we take, most wanted first (scrape.go, acceptHeader). */
function acceptHeader(protocols: readonly ScrapeProtocol[], escaping: EscapingScheme): string {
  let weight = Object.keys(MEDIA_TYPES).length + 1;
  const wanted = protocols.map((protocol) => {
    const scheme = ESCAPED.has(protocol) ? `;escaping=${escaping}` : '';
    return `${MEDIA_TYPES[protocol]}${scheme};q=0.${weight--}`;
  });
  return [...wanted, `*/*;q=0.${weight}`].join(',');
}

const FORMATS: ReadonlyMap<string, ScrapeFormat> = new Map([
  ['application/openmetrics-text', 'openmetrics'],
  ['application/vnd.google.protobuf', 'protobuf'],
  ['text/plain', 'text'],
]);
const MEDIA_TYPE = /^\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*(?:;|$)/;

/** The format of an answer by its content type, else by the job's fallback (textparse.extractMediaType). */
function formatOf(contentType: string, fallback: ScrapeProtocol | undefined): ScrapeFormat | { refused: string } {
  const media = MEDIA_TYPE.exec(contentType)?.[1]?.toLowerCase();
  const known = media === undefined ? undefined : FORMATS.get(media);
  if (known !== undefined) return known;
  if (fallback !== undefined) return FORMATS.get(MEDIA_TYPES[fallback].split(';')[0] ?? '') ?? 'text';
  if (contentType === '') {
    return {
      refused:
        'non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target',
    };
  }
  const shown = JSON.stringify(contentType.slice(0, 200));
  return {
    refused:
      media === undefined
        ? `cannot parse Content-Type ${shown} and no fallback_scrape_protocol for target`
        : `received unsupported Content-Type ${shown} and no fallback_scrape_protocol specified for target`,
  };
}

/** Uncompressed size of a body; of gzip what its trailer says (RFC 1952, modulo 2^32). */
function uncompressedBytes(body: Uint8Array<ArrayBuffer>, encoding: ContentEncoding): number {
  if (encoding === 'identity' || body.length < 4) return body.length;
  return new DataView(body.buffer, body.byteOffset).getUint32(body.length - 4, true);
}

function answered({ job }: Target, response: OutboundResponse): Fetched {
  if (response.status !== 200) return { kind: 'failed', message: `server returned HTTP status ${response.status}` };
  const written = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase() || 'identity';
  if (written !== 'gzip' && written !== 'identity') {
    return { kind: 'failed', message: `content encoding ${JSON.stringify(written.slice(0, 32))} was not asked for` };
  }
  const limit = job.bodySizeLimit;
  if (limit > 0 && uncompressedBytes(response.body, written) >= limit) {
    return { kind: 'failed', message: `body size limit exceeded: more than ${limit} bytes` };
  }
  const format = formatOf(response.headers['content-type'] ?? '', job.fallbackProtocol);
  if (typeof format === 'object') return { kind: 'failed', message: format.refused };
  return { kind: 'body', body: response.body, encoding: written, format };
}

/** Asks a target once. Never throws for what the target or the network does. */
export async function fetchTarget(target: Target, client: HttpClient, signal: AbortSignal): Promise<Fetched> {
  const { job } = target;
  try {
    const response = await client.send(target.url, {
      headers: {
        accept: acceptHeader(job.protocols, job.escaping),
        'accept-encoding': job.enableCompression ? 'gzip' : 'identity',
        'x-prometheus-scrape-timeout-seconds': String(target.timeoutMs / 1000),
      },
      timeoutMs: target.timeoutMs,
      maxBytes: MAX_WIRE_BYTES,
      signal,
    });
    return answered(target, response);
  } catch (error) {
    if (error instanceof OutboundError || (error instanceof Error && 'code' in error)) {
      return { kind: 'failed', message: error.message };
    }
    throw error;
  }
}
