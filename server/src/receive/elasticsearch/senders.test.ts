import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { HttpResponse } from '../../base/http.ts';
import { createRouter } from '../../base/router.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import type { DecodeContext, Outcome, Submission } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { sectionRows } from '../../store/index.ts';
import { decodeElasticsearch, elasticsearchRoutes } from './index.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const AT = '2026-11-22T11:59:59.123Z';

interface Exchange {
  readonly method: string;
  /** With the query. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** What the sender needs to go on. */
  readonly status: number;
}

const lines = (...values: readonly string[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(values.map((value) => `${value}\n`).join('')));
const JSON_TYPE = { 'content-type': 'application/json' };
const TEMPLATE = { body: lines('{"index_patterns":["filebeat-*"],"template":{"settings":{}}}'), headers: JSON_TYPE };

/** What each sender asks of a new server, in its order, and then its records. */
const SENDERS: Readonly<Record<string, readonly Exchange[]>> = {
  // elastic/beats: libbeat/esleg/eslegclient, libbeat/template/load.go, libbeat/idxmgmt/lifecycle, libbeat/licenser
  Filebeat: [
    { method: 'GET', target: '/', status: 200 },
    { method: 'GET', target: '/_license?human=false', status: 200 },
    { method: 'HEAD', target: '/_ilm/policy/filebeat', status: 404 },
    { method: 'PUT', target: '/_ilm/policy/filebeat', status: 200, ...TEMPLATE },
    { method: 'HEAD', target: '/_index_template/filebeat-8.19.0', status: 404 },
    { method: 'PUT', target: '/_index_template/filebeat-8.19.0', status: 200, ...TEMPLATE },
    { method: 'GET', target: '/_data_stream/filebeat-8.19.0', status: 404 },
    { method: 'PUT', target: '/_data_stream/filebeat-8.19.0', status: 200 },
    {
      method: 'POST',
      target:
        '/_bulk?filter_path=errors%2Citems.index.status%2Citems.index.error%2Citems.create.status%2Citems.create.error',
      headers: { 'content-type': 'application/vnd.elasticsearch+json; compatible-with=8' },
      body: lines(
        '{"create":{"_index":"filebeat-8.19.0"}}',
        `{"@timestamp":"${AT}","message":"card declined","log":{"offset":0,"file":{"path":"/var/log/pay.log"}},"service":{"name":"pay"},"agent":{"type":"filebeat","version":"8.19.0"},"ecs":{"version":"8.0.0"},"input":{"type":"filestream"}}`,
      ),
      status: 200,
    },
  ],
  // logstash-plugins/logstash-output-elasticsearch: http_client.rb, http_client/pool.rb, template_manager.rb
  Logstash: [
    { method: 'HEAD', target: '/', status: 200 },
    { method: 'GET', target: '/_license', status: 200 },
    { method: 'GET', target: '/', status: 200 },
    { method: 'HEAD', target: '/_index_template/ecs-logstash', status: 404 },
    { method: 'PUT', target: '/_index_template/ecs-logstash', status: 200, ...TEMPLATE },
    {
      method: 'POST',
      target: '/_bulk?filter_path=errors,items.*.error,items.*.status',
      headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
      body: new Uint8Array(
        gzipSync(
          lines(
            '{"index":{"_id":null,"_index":"ecs-logstash","routing":null}}',
            `{"@timestamp":"${AT}","@version":"1","message":"card declined","service":{"name":"pay"},"host":{"hostname":"node-1"},"event":{"original":"card declined"}}`,
          ),
        ),
      ),
      status: 200,
    },
  ],
  // vectordotdev/vector: src/sinks/elasticsearch/{common,encoder,service}.rs
  Vector: [
    { method: 'GET', target: '/_cluster/health', status: 200 },
    { method: 'GET', target: '/', status: 200 },
    {
      method: 'POST',
      target: '/_bulk?timeout=60s',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines(
        '{"index":{"_index":"vector-2026.11.22","_type":"_doc"}}',
        `{"file":"/var/log/pay.log","host":"node-1","message":"card declined","service":"pay","source_type":"file","timestamp":"${AT}"}`,
      ),
      status: 200,
    },
  ],
};

function server(): {
  readonly ask: (exchange: Exchange) => Promise<HttpResponse>;
  readonly rows: Readonly<Record<string, unknown>>[];
} {
  const rows: Readonly<Record<string, unknown>>[] = [];
  const context: DecodeContext = {
    nowMs: NOW,
    storedUntilMs: 0,
    limits: DEFAULT_DECODE_LIMITS,
    series: createMapInterner(),
    streams: createMapInterner(),
  };
  const submit = async ({ body, encoding, meta }: Submission): Promise<Outcome> => {
    const plain = encoding === 'gzip' ? new Uint8Array(gunzipSync(body)) : body;
    const { sections, accepted, rejections, report } = decodeElasticsearch(plain, context, meta);
    rows.push(...sections.flatMap(sectionRows));
    return { kind: 'stored', accepted, rejections, report };
  };
  const router = createRouter(elasticsearchRoutes({ submit, flush: async () => undefined }));
  const ask = async ({ method, target, headers = {}, body = new Uint8Array() }: Exchange): Promise<HttpResponse> => {
    const { pathname, searchParams } = new URL(`/elasticsearch${target}`, 'http://localhost');
    const found = router.match(method, pathname);
    assert.ok(found !== null, `${method} ${target}`);
    const { route, params } = found;
    const { signal } = new AbortController();
    const tenant = 'trilith';
    return route.handler({ method, path: pathname, params, query: searchParams, headers, body, tenant, signal });
  };
  return { ask, rows };
}

for (const [sender, exchanges] of Object.entries(SENDERS))
  test(`${sender} is answered what it asks first, and its record is stored`, async () => {
    const { ask, rows } = server();
    let answer: HttpResponse | undefined;
    for (const exchange of exchanges) {
      answer = await ask(exchange);
      assert.equal(answer.status, exchange.status, `${exchange.method} ${exchange.target}`);
      assert.equal(answer.headers?.['x-elastic-product'], 'Elasticsearch');
    }
    const { errors, items } = JSON.parse(String(answer?.body));
    assert.equal(errors, false);
    assert.deepEqual(
      items.map((item: Readonly<Record<string, { readonly status: number }>>) => Object.values(item)[0]?.status),
      [201],
    );
    assert.deepEqual(
      rows.map(({ Body, ServiceName, Timestamp }) => [Body, ServiceName, Timestamp]),
      [['card declined', 'pay', BigInt(Date.parse(AT)) * 1_000_000n]],
    );
  });
