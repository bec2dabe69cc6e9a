import type { HttpHandler, HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import { elasticError, elasticResponse } from './answer.ts';

/** What the API here is modelled on; senders refuse servers older than themselves. */
const ELASTICSEARCH_VERSION = '8.19.8';
const LUCENE_VERSION = '9.12.2';
const UUID = 'trilith000000000000000';

/**
 * What senders ask before they send: who is there, under which licence, and whether their templates, policies and
 * pipelines are, below `prefix`. Nothing here has any of those (fields need no mapping, retention is one setting), so what is asked for is
 * not there and what is put is acknowledged and let go. Any key may ask: nothing here is data.
 */
export function handshakeRoutes(prefix: string): Route[] {
  const get = (path: string, handler: HttpHandler): Route => ({
    method: 'GET',
    path: prefix + path,
    handler,
    anyKey: true,
  });
  const put = (path: string, handler: HttpHandler): Route => ({
    method: 'PUT',
    path: prefix + path,
    handler,
    anyKey: true,
  });
  const managed = MANAGED.flatMap(([path, kind]) => [
    get(`${path}/:name`, ({ params }) => missing(kind, params.name ?? '')),
    put(`${path}/:name`, acknowledged),
    { method: 'DELETE' as const, path: `${prefix}${path}/:name`, handler: acknowledged, anyKey: true },
  ]);
  return [
    get('', banner),
    get('/_license', () => elasticResponse(200, { license: LICENSE })),
    get('/_xpack', () => elasticResponse(200, XPACK)),
    get('/_cluster/health', () => elasticResponse(200, HEALTH)),
    get('/_nodes/http', nodes),
    get('/_nodes/_all/http', nodes),
    get('/_nodes', nodes),
    ...managed,
    put('/:index', ({ params }) =>
      elasticResponse(200, { acknowledged: true, shards_acknowledged: true, index: params.index ?? '' }),
    ),
    put('/:index/_mapping', acknowledged),
    put('/:index/_settings', acknowledged),
  ];
}

/** Paths of what an administrator of Elasticsearch keeps in it, and what each is called in an error. */
const MANAGED: readonly (readonly [path: string, kind: string])[] = [
  ['/_ilm/policy', 'lifecycle policy'],
  ['/_index_template', 'index template matching'],
  ['/_component_template', 'component template matching'],
  ['/_template', 'index template matching'],
  ['/_ingest/pipeline', 'pipeline'],
  ['/_data_stream', 'data stream'],
  ['/_slm/policy', 'snapshot lifecycle policy'],
];

const LICENSE = {
  status: 'active',
  uid: '00000000-0000-0000-0000-000000000000',
  type: 'basic',
  issue_date: '2026-01-01T00:00:00.000Z',
  issue_date_in_millis: 1_767_225_600_000,
  max_nodes: 1000,
  issued_to: 'trilith',
  issuer: 'trilith',
  start_date_in_millis: -1,
} as const;

/** Beats ask whether index lifecycle management is there; it is answered that it is, and policies are let go. */
const XPACK = {
  build: { hash: '0', date: '2026-01-01T00:00:00.000Z' },
  license: { uid: LICENSE.uid, type: 'basic', mode: 'basic', status: 'active' },
  features: { ilm: { available: true, enabled: true } },
  tagline: 'You know, for X',
} as const;

const HEALTH = {
  cluster_name: 'trilith',
  status: 'green',
  timed_out: false,
  number_of_nodes: 1,
  number_of_data_nodes: 1,
  active_primary_shards: 1,
  active_shards: 1,
  relocating_shards: 0,
  initializing_shards: 0,
  unassigned_shards: 0,
  delayed_unassigned_shards: 0,
  number_of_pending_tasks: 0,
  number_of_in_flight_fetch: 0,
  task_max_waiting_in_queue_millis: 0,
  active_shards_percent_as_number: 100,
} as const;

function banner(): HttpResponse {
  return elasticResponse(200, {
    name: 'trilith',
    cluster_name: 'trilith',
    cluster_uuid: UUID,
    version: {
      number: ELASTICSEARCH_VERSION,
      build_flavor: 'default',
      build_type: 'tar',
      build_hash: '0000000000000000000000000000000000000000',
      build_date: '2026-01-01T00:00:00.000Z',
      build_snapshot: false,
      lucene_version: LUCENE_VERSION,
      minimum_wire_compatibility_version: '7.17.0',
      minimum_index_compatibility_version: '7.0.0',
    },
    tagline: 'You Know, for Search',
  });
}

/** One node, at the address the client used: a client that looks for others stays where it is. */
function nodes(request: HttpRequest): HttpResponse {
  const address = request.headers.host ?? '127.0.0.1:9200';
  return elasticResponse(200, {
    _nodes: { total: 1, successful: 1, failed: 0 },
    cluster_name: 'trilith',
    nodes: {
      [UUID]: {
        name: 'trilith',
        version: ELASTICSEARCH_VERSION,
        build_flavor: 'default',
        roles: ['data', 'ingest', 'master'],
        http: { bound_address: [address], publish_address: address, max_content_length_in_bytes: 16 * 1024 * 1024 },
      },
    },
  });
}

function acknowledged(): HttpResponse {
  return elasticResponse(200, { acknowledged: true });
}

function missing(kind: string, name: string): HttpResponse {
  return elasticError(404, 'resource_not_found_exception', `${kind} [${name.slice(0, 200)}] not found`);
}
