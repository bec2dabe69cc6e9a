import type { HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import type { Counts, DoorName, Outcome, Rejection, Submit } from '../../model/ingest.ts';

/** Message names of the `proto` parameter (Prometheus remote write specification 2.0, "Content-Type"). */
const DOORS: ReadonlyMap<string, DoorName> = new Map([
  ['prometheus.WriteRequest', 'remote-write-1'],
  ['io.prometheus.write.v2.Request', 'remote-write-2'],
]);

/** Characters of reasons told at most; senders log the body on one line. */
const MOST_TEXT = 900;

const NOTHING: Counts = { samples: 0, histograms: 0, exemplars: 0, logs: 0, spans: 0 };

/** The endpoints senders are configured with: Prometheus' own, under our prefix, and Mimir's. */
export function remoteWriteRoutes(submit: Submit): readonly Route[] {
  const handler = (request: HttpRequest): Promise<HttpResponse> => receive(request, submit);
  return ['/api/v1/write', '/prometheus/api/v1/write', '/api/v1/push'].map((path) => ({
    method: 'POST',
    path,
    handler,
  }));
}

async function receive(request: HttpRequest, submit: Submit): Promise<HttpResponse> {
  const door = doorOf(request.headers['content-type'] ?? '');
  if (door === undefined) {
    const types = [...DOORS.keys()].map((proto) => `application/x-protobuf;proto=${proto}`).join(' or ');
    return answer(415, NOTHING, `content type must be ${types}\n`);
  }
  const encoding = request.headers['content-encoding'] ?? 'snappy';
  if (encoding.trim().toLowerCase() !== 'snappy') return answer(415, NOTHING, 'content encoding must be snappy\n');
  const { tenant, body } = request;
  return respond(await submit({ door, tenant, encoding: 'snappy', body }));
}

/** The door a content type names; without parameters it is version 1. */
function doorOf(contentType: string): DoorName | undefined {
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim());
  if (type?.toLowerCase() !== 'application/x-protobuf') return undefined;
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=', 2);
    if (name?.trim().toLowerCase() === 'proto') return DOORS.get((value ?? '').trim().replace(/^"(.*)"$/, '$1'));
  }
  return 'remote-write-1';
}

/**
 * The answer of an outcome. 5xx makes senders keep their data and retry, 4xx makes them drop it, so our own overload is
 * always 503; what was refused of a request is told with 400 after the rest is stored.
 */
function respond(outcome: Outcome): HttpResponse {
  switch (outcome.kind) {
    case 'stored':
      return outcome.rejections.length === 0
        ? answer(204, outcome.accepted)
        : answer(400, outcome.accepted, rejectionText(outcome.accepted, outcome.rejections));
    case 'undecodable':
    case 'unsupported':
      return answer(400, NOTHING, `${outcome.message}\n`);
    case 'too-large':
      return answer(413, NOTHING, `${outcome.message}\n`);
    case 'over-quota':
      return answer(429, NOTHING, `${outcome.message}\n`, outcome.retryAfterSeconds);
    case 'unavailable':
      return answer(503, NOTHING, `${outcome.message}\n`, outcome.retryAfterSeconds);
  }
}

function rejectionText(accepted: Counts, rejections: readonly Rejection[]): string {
  const { samples, histograms, exemplars } = accepted;
  const lines = rejections.map(({ reason, count, message }) => `${count} refused as ${reason}: ${message}`);
  const stored = `stored: ${samples} samples, ${histograms} histograms, ${exemplars} exemplars\n`;
  return `${lines.join('\n').slice(0, MOST_TEXT)}\n${stored}`;
}

/** Every answer says how much was written (specification 2.0, "Required Written Response Headers"). */
function answer(status: number, written: Counts, body?: string, retryAfterSeconds?: number): HttpResponse {
  const headers: Record<string, string> = {
    'x-prometheus-remote-write-samples-written': String(written.samples),
    'x-prometheus-remote-write-histograms-written': String(written.histograms),
    'x-prometheus-remote-write-exemplars-written': String(written.exemplars),
  };
  if (body !== undefined) headers['content-type'] = 'text/plain; charset=utf-8';
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterSeconds)));
  return body === undefined ? { status, headers } : { status, headers, body };
}
