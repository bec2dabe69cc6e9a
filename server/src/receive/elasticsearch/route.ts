import { setTimeout } from 'node:timers/promises';
import type { HttpHandler, HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import type { ContentEncoding, Outcome, Submit } from '../../model/ingest.ts';
import { bulkAnswer, documentAnswer, elasticError, elasticResponse } from './answer.ts';
import type { ElasticsearchMeta } from './decode.ts';
import { handshakeRoutes } from './handshake.ts';

export interface ElasticsearchOptions {
  readonly submit: Submit;
  /** Resolves when everything acknowledged so far can be searched. */
  readonly flush: () => Promise<void>;
}

const ENCODINGS: ReadonlySet<string> = new Set(['identity', 'gzip', 'deflate', 'zstd', 'snappy']);
const MAX_REFRESH_MS = 5_000;
/** A search knows every stream that was in the store this long ago. */
const STREAMS_SEEN_AFTER_MS = 250;

const PREFIX = '/elasticsearch';

/** Where senders of Elasticsearch find what they need; those that write answer without the prefix too. */
export function elasticsearchRoutes(options: ElasticsearchOptions): Route[] {
  return [...writeRoutes(options, PREFIX), ...writeRoutes(options, ''), ...handshakeRoutes(PREFIX)];
}

function writeRoutes({ submit, flush }: ElasticsearchOptions, prefix: string): Route[] {
  const send = async (request: HttpRequest, kind: ElasticsearchMeta['kind']): Promise<Outcome | HttpResponse> => {
    const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase() || 'identity';
    if (!ENCODINGS.has(encoding))
      return elasticError(415, 'illegal_argument_exception', `Content-Encoding [${encoding}] is not supported`);
    const { index = '', id } = request.params;
    const outcome = await submit({
      door: 'elasticsearch-logs',
      tenant: request.tenant,
      encoding: encoding as ContentEncoding,
      body: request.body,
      meta: { kind, index, id } satisfies ElasticsearchMeta,
      place: `${kind}\n${index}\n${id ?? ''}`,
      needsReport: true,
    });
    if (outcome.kind === 'stored' && waits(request)) await bounded(flush);
    return outcome;
  };
  const bulk: HttpHandler = async (request) => {
    const started = performance.now();
    const outcome = await send(request, 'bulk');
    return 'status' in outcome ? outcome : bulkAnswer(outcome, performance.now() - started);
  };
  const document: HttpHandler = async (request) => {
    const outcome = await send(request, 'document');
    return 'status' in outcome ? outcome : documentAnswer(outcome);
  };
  const refresh: HttpHandler = async () => {
    await bounded(flush);
    return elasticResponse(200, { _shards: { total: 1, successful: 1, failed: 0 } });
  };
  const either = (path: string, handler: HttpHandler): Route[] =>
    (['POST', 'PUT'] as const).map((method) => ({ method, path: prefix + path, handler }));
  return [
    ...either('/_bulk', bulk),
    ...either('/:index/_bulk', bulk),
    { method: 'POST', path: `${prefix}/:index/_doc`, handler: document },
    ...either('/:index/_doc/:id', document),
    ...either('/:index/_create/:id', document),
    ...(['GET', 'POST'] as const).flatMap((method): Route[] => [
      { method, path: `${prefix}/_refresh`, handler: refresh },
      { method, path: `${prefix}/:index/_refresh`, handler: refresh },
    ]),
  ];
}

/** `refresh=true`, `refresh=wait_for` and a bare `refresh` ask to be answered when the documents can be found. */
function waits({ query }: HttpRequest): boolean {
  const refresh = query.get('refresh');
  return refresh !== null && refresh !== 'false';
}

/** Records are safe before this; with a store that is away they are found later. */
async function bounded(flush: () => Promise<void>): Promise<void> {
  const giveUp = new AbortController();
  const enough = setTimeout(MAX_REFRESH_MS, undefined, { signal: giveUp.signal }).catch(() => undefined);
  await Promise.race([flush().then(() => setTimeout(STREAMS_SEEN_AFTER_MS)), enough]);
  giveUp.abort();
}
