import { bind, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { type NsRange, within } from './spans.ts';
import { numberReader, textReader } from './text_columns.ts';

/**
 * How two ends are joined: a service called another, sent to a queue, took from a queue, asked a database, or called something
 * that sends no spans.
 */
export type EdgeKind = 'call' | 'produce' | 'consume' | 'database' | 'external';

export interface ServiceEdge {
  readonly kind: EdgeKind;
  /** The calling service; of `consume` the queue. */
  readonly from: string;
  /** What is called; of `consume` the service. */
  readonly to: string;
  /** `db.system` or `messaging.system`, empty for calls. */
  readonly system: string;
  /** As many as there were before sampling dropped others like them; errors likewise. */
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/**
 * The first attribute that is there, newest semantic conventions first. Whether a map has a key costs a tenth of taking the value
 * of one it has not.
 */
function firstOf(...keys: readonly string[]): string {
  const value = (key: string): string => `SpanAttributes['${key}']`;
  const tests = keys.map((key) => `mapContains(SpanAttributes, '${key}') AND ${value(key)} != '', ${value(key)}`);
  return `multiIf(${tests.join(', ')}, '')`;
}

/** Attributes that tell what a span is about; the first that is there and is not empty counts. */
export const EDGE_ATTRIBUTES = {
  databaseSystem: ['db.system.name', 'db.system'],
  queueSystem: ['messaging.system'],
  destination: ['messaging.destination.name', 'messaging.destination', 'messaging.kafka.topic'],
  database: ['db.namespace', 'db.name', 'peer.service', 'server.address', 'net.peer.name'],
  peer: ['peer.service', 'server.address', 'net.peer.name', 'http.host', 'net.peer.ip', 'network.peer.address'],
} as const;

/** Edges named at most. */
export const EDGE_LIMIT = 5000;

/** Spans of a range as rows for a count, unmoved by duplicates of one span. */
export async function countStoredSpans(reader: StoreReader, range: NsRange, options: QueryOptions): Promise<number> {
  const { blocks } = await reader.collect(sql`SELECT count() AS n FROM otel_traces WHERE ${within(range)}`, options);
  const block = blocks.find((one) => one.rows > 0);
  return block === undefined ? 0 : numberReader(columnOf(block, 'n'))(0);
}

/**
 * Who calls whom, from the spans of whole traces: one in `oneOf` of them. A call is counted where it is answered (a span whose
 * parent is of another service); what has no answering span is counted at the client, under the name its attributes give. Spans
 * are joined by hashes of their ids.
 * Throws StoreError.
 */
export async function readServiceEdges(
  reader: StoreReader,
  request: NsRange & { readonly oneOf: number },
  options: QueryOptions,
): Promise<readonly ServiceEdge[]> {
  const of = sql`${within(request)} AND cityHash64(TraceId) % ${bind.uint64(request.oneOf)} = 0`;
  const spans =
    trusted(`cityHash64(TraceId, SpanId) AS span, toString(ServiceName) AS service, toString(SpanKind) AS kind, Duration, StatusCode = 'Error' AS failed, SampleWeight AS weight,
      ${firstOf(...EDGE_ATTRIBUTES.queueSystem)} AS mq`);
  const children = sql`SELECT cityHash64(TraceId, ParentSpanId) AS parent, ${spans}
    FROM otel_traces WHERE ${of} AND ParentSpanId != '' LIMIT 1 BY span, kind`;
  const parents = sql`SELECT cityHash64(TraceId, SpanId) AS span, toString(ServiceName) AS service FROM otel_traces
    WHERE ${of} LIMIT 1 BY span, service`;
  const outward = sql`SELECT ${trusted(firstOf(...EDGE_ATTRIBUTES.databaseSystem))} AS db, ${trusted(firstOf(...EDGE_ATTRIBUTES.destination))} AS destination,
      ${trusted(firstOf(...EDGE_ATTRIBUTES.database))} AS databaseName, ${trusted(firstOf(...EDGE_ATTRIBUTES.peer))} AS peer, ${spans}
    FROM otel_traces WHERE ${of} AND SpanKind IN ('Client', 'Producer', 'Consumer') LIMIT 1 BY span, kind`;
  const answered = sql`SELECT DISTINCT cityHash64(TraceId, ParentSpanId) FROM otel_traces WHERE ${of} AND ParentSpanId != '' AND SpanKind IN ('Server', 'Consumer')`;
  const called = sql`SELECT if(c.kind = 'Consumer' AND c.mq != '', '', 'call') AS edge, p.service AS source, c.service AS target, '' AS system, c.Duration AS took, c.failed AS failed, c.weight AS weight, 0 AS isAnswered
    FROM (${children}) AS c INNER JOIN (${parents}) AS p ON c.parent = p.span WHERE p.service != c.service`;
  const own = sql`SELECT multiIf(kind = 'Producer' AND mq != '', 'produce', kind = 'Consumer' AND mq != '', 'consume',
        kind = 'Client' AND db != '', 'database', kind = 'Client' AND peer != '', 'external', '') AS edge,
      if(edge = 'consume', if(destination = '', mq, destination), service) AS source,
      multiIf(edge = 'produce', if(destination = '', mq, destination), edge = 'consume', service, edge = 'database', if(databaseName = '', db, databaseName), peer) AS target,
      multiIf(edge = 'database', db, edge IN ('produce', 'consume'), mq, '') AS system, Duration AS took, failed, weight,
      edge = 'external' AND span IN (${answered}) AS isAnswered
    FROM (${outward})`;
  // A peer that mostly answers with spans of its own is a service; a few whose answer has not arrived yet make no outside system.
  const statement = sql`SELECT edge, source, target, system, sumIf(weight, NOT isAnswered) AS requests, sumIf(weight, failed AND NOT isAnswered) AS errors,
      quantilesTDigestWeighted(0.5, 0.95)(took, toUInt64(greatest(1, round(weight)))) AS q, q[1] AS p50, q[2] AS p95
    FROM (${called} UNION ALL ${own}) WHERE edge != '' AND source != '' AND target != ''
    GROUP BY edge, source, target, system HAVING requests * 2 > sum(weight) ORDER BY requests DESC LIMIT ${bind.uint64(EDGE_LIMIT)}`;
  const { blocks } = await reader.collect(statement, options);
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const text = (name: string): ((row: number) => string) => textReader(columnOf(block, name));
    const number = (name: string): ((row: number) => number) => numberReader(columnOf(block, name));
    const [edge, source, target, system] = [text('edge'), text('source'), text('target'), text('system')];
    const [requests, errors, p50, p95] = [number('requests'), number('errors'), number('p50'), number('p95')];
    return Array.from({ length: block.rows }, (_, row) => ({
      kind: edge(row) as EdgeKind,
      from: source(row),
      to: target(row),
      system: system(row),
      requests: requests(row),
      errors: errors(row),
      p50Ms: p50(row) / 1e6,
      p95Ms: p95(row) / 1e6,
    }));
  });
}
