import type { HttpHandler, Route } from '../../base/http.ts';
import type { DoorName, Submit } from '../../model/ingest.ts';
import { spanAnswer, spanEncoding, text } from '../spans/index.ts';

const PROTOBUF = 'application/x-protobuf';

/** Zipkin's collector (zipkin.io/zipkin-api): `/api/v2/spans` in JSON and protobuf, `/api/v1/spans` in JSON. */
export function zipkinRoutes(submit: Submit): Route[] {
  const post =
    (doorOf: (type: string) => DoorName | undefined): HttpHandler =>
    async (request) => {
      const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
      const door = doorOf(type);
      if (door === undefined) return text(415, `content type ${JSON.stringify(type)} is not supported`);
      const encoding = spanEncoding(request.headers['content-encoding']);
      if (encoding === undefined)
        return text(415, `content encoding ${JSON.stringify(request.headers['content-encoding'])} is not supported`);
      return spanAnswer(await submit({ door, tenant: request.tenant, encoding, body: request.body }));
    };
  const isJson = (type: string): boolean => type === '' || type === 'application/json' || type === 'text/plain';
  const second = post((type) => (type === PROTOBUF ? 'zipkin-protobuf' : isJson(type) ? 'zipkin-json' : undefined));
  const first = post((type) => (isJson(type) ? 'zipkin-v1-json' : undefined));
  return ['', '/zipkin'].flatMap((prefix) => [
    { method: 'POST', path: `${prefix}/api/v2/spans`, handler: second },
    { method: 'POST', path: `${prefix}/api/v1/spans`, handler: first },
  ]);
}
