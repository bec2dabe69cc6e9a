import type { TraceSpan } from '@trilith/contract';
import type { AttributeIndex } from './attributeIndex.ts';
import { kindOf, operationOf, type SpanTable } from './spanTable.ts';

/** Services that only pass requests on: proxies, sidecars and gateways of a mesh. */
const proxyService =
  /(?:^|[-_. ])(?:envoy|istio|linkerd|cilium|consul-connect|traefik|haproxy|nginx|kong|sidecar)(?:$|[-_. ])|[-_.]proxy$/;

/** Names at any kind: what Envoy calls a hop (`ingress`, `router … egress`, `svc.cluster.local:8080/*`) and checks of health. */
const hop = /^(?:ingress|egress)(?: |$)|^router .* egress$|\.svc\.cluster\.local(?::\d{1,5})?\/\*$/;
const health =
  /(?:^|[ /])(?:healthz?|health[-_]?checks?|livez|liveness|readyz|readiness|startupz|heartbeat)\/?$|grpc\.health\.v1\.health\//;

/**
 * Names of what a client does before it asks: instrumentation of Node's net, dns, pg and redis (`tcp.connect`, `dns.lookup`,
 * `pg-pool.connect`), Go's httptrace and otelsql (`http.getconn`, `sql.conn.ping`), JDBC's data sources (`….getConnection`),
 * SQLAlchemy (`connect`) and .NET (`DNS lookup …`, `TLS client handshake …`, `HTTP wait_for_connection …`).
 */
const connection =
  /^(?:(?:tcp|tls|ssl|ipc|socket|http|pg|pg-pool|mysql2?|redis|mongodb?|amqp|sql\.connector)[ ._-])?connect$|^(?:http\.)?(?:dns|tls)(?:[ ._]|$)|^http\.(?:getconn|send|receive|headers)$|^http (?:wait_for_connection|connection_setup)|^socket connect|^sql\.conn\.(?:ping|reset_session)$|(?:^|[ ._])get_?connection$/;

/** Names of a framework's own steps: Express, Koa, Fastify and Connect in Node (`middleware - cors`), ASGI (`GET / http send`). */
const middleware =
  /^middleware(?: - |$)|^router - |^hook - |^request handler - next$| (?:http|websocket) (?:send|receive)$|middleware(?:\.\w{1,40})?$/;

/** Scopes that tell of connections and middleware only, where senders give them as attributes. */
const plumbingScope =
  /instrumentation-(?:net|dns|connect)$|(?:jdbc-datasource|hikaricp|tomcat-jdbc|c3p0)(?:-|$)|^system\.net\./;

/** True when a name and a kind say plumbing. Connections are those of clients, middleware is internal. */
export function isPlumbingName(operation: string, kind: TraceSpan['kind']): boolean {
  const name = operation.toLowerCase();
  if (hop.test(name) || health.test(name)) return true;
  if (kind === 'internal' && middleware.test(name)) return true;
  return (kind === 'internal' || kind === 'client') && connection.test(name);
}

/** True when a service is a proxy by its name. */
export function isProxyService(name: string): boolean {
  return proxyService.test(name.toLowerCase());
}

/** True when one attribute says plumbing: Envoy's `component=proxy`, a framework's step, a scope, the path of a health check. */
export function isPlumbingPair(name: string, value: string): boolean {
  const text = value.toLowerCase();
  if (name === 'component') return text === 'proxy' || text === 'middleware';
  if (name === 'otel.scope.name' || name === 'otel.library.name') return plumbingScope.test(text);
  if (/^(?:express|koa|fastify|connect|restify|nestjs)\.type$/.test(name)) return text === 'middleware';
  if (name === 'http.route' || name === 'url.path' || name === 'http.target') return health.test(text);
  return false;
}

/**
 * 1 for each row that is plumbing by its service, its name and kind or, once they have come, one of its attributes. A
 * root and a span that failed never are: what was asked and what went wrong stay. Names and pairs are judged once each.
 */
export function plumbingRows(table: SpanTable, attributes: AttributeIndex | null): Uint8Array {
  const proxies = table.services.map(isProxyService);
  const pairs = attributes?.pairNames.map((name, pair) =>
    isPlumbingPair(attributes.names[name] ?? '', attributes.pairValues[pair] ?? ''),
  );
  const byName = new Map<number, boolean>();
  const named = (row: number): boolean => {
    const key = (table.operation[row] ?? 0) * 8 + (table.kind[row] ?? 0);
    const known = byName.get(key);
    if (known !== undefined) return known;
    const verdict = isPlumbingName(operationOf(table, row), kindOf(table, row));
    byName.set(key, verdict);
    return verdict;
  };
  const told = (row: number): boolean =>
    attributes?.pairs
      .subarray(attributes.offsets[row] ?? 0, attributes.offsets[row + 1] ?? 0)
      .some((pair) => pairs?.[pair] === true) ?? false;
  const rows = new Uint8Array(table.count);
  for (let row = 0; row < table.count; row += 1) {
    if ((table.parent[row] ?? -1) < 0 || table.failed[row] === 1) continue;
    if (proxies[table.service[row] ?? 0] === true || named(row) || told(row)) rows[row] = 1;
  }
  return rows;
}
