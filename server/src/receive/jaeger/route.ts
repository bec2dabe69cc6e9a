import type { HttpHandler, Route } from '../../base/http.ts';
import type { Submit } from '../../model/ingest.ts';
import { spanAnswer, spanEncoding, text } from '../spans/index.ts';

const TYPES: ReadonlySet<string> = new Set(['', 'application/x-thrift', 'application/vnd.apache.thrift.binary']);

/** Jaeger's collector over HTTP: a Thrift batch on `/api/traces` (jaegertracing.io/docs, APIs: "Thrift over HTTP"). */
export function jaegerRoutes(submit: Submit): Route[] {
  const handler: HttpHandler = async (request) => {
    const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (!TYPES.has(type)) return text(400, `Unsupported content type: ${type}`);
    const encoding = spanEncoding(request.headers['content-encoding']);
    if (encoding === undefined)
      return text(415, `content encoding ${JSON.stringify(request.headers['content-encoding'])} is not supported`);
    const { tenant, body } = request;
    return spanAnswer(await submit({ door: 'jaeger-thrift', tenant, encoding, body }));
  };
  return ['/api/traces', '/jaeger/api/traces'].map((path) => ({ method: 'POST', path, handler }));
}
