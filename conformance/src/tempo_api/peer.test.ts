import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { postTraces, type SentSpan } from '../otlp_traces.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { findTempo, type RunningTempo, startTempo } from '../traceql_cases/tempo.ts';

const binary = findTempo();
const TRACE = randomBytes(16).toString('hex');
const START_MS = Date.now() - 60_000;

const SPANS: readonly SentSpan[] = [
  {
    service: 'shop',
    traceId: TRACE,
    spanId: '00000000000000c1',
    name: 'GET /pay',
    kind: 2,
    startMs: START_MS,
    durationMs: 200,
  },
  {
    service: 'shop',
    traceId: TRACE,
    spanId: '00000000000000c2',
    parentSpanId: '00000000000000c1',
    name: 'charge',
    kind: 3,
    startMs: START_MS + 10,
    durationMs: 150,
    attributes: { 'http.status_code': 500, 'http.method': 'POST', retry: true, ratio: 0.5 },
    error: 'no funds',
    event: 'exception',
  },
];

const range = { start: String(Math.floor(START_MS / 1000) - 60), end: String(Math.ceil(Date.now() / 1000) + 60) };
/** Requests whose answers must have the same members, of the same types, with the same values where they are not figures of the search itself. */
const REQUESTS: readonly (readonly [path: string, parameters: Readonly<Record<string, string>>])[] = [
  [`/api/traces/${TRACE}`, {}],
  [`/api/v2/traces/${TRACE}`, {}],
  ['/api/search', { q: '{ span.http.status_code = 500 }', ...range }],
  ['/api/search', { q: '{ status = error } | select(span.http.method, event:name)', ...range }],
  ['/api/search', { q: '{} | by(resource.service.name) | count() > 1', ...range }],
  ['/api/search', { tags: 'service.name=sho http.method=POST', ...range }],
  ['/api/search', { tags: 'name=charge', minDuration: '100ms', ...range }],
  ['/api/v2/search/tags', range],
  ['/api/v2/search/tags', { scope: 'span', ...range }],
  ['/api/search/tags', { scope: 'span', ...range }],
  ['/api/search/tag/service.name/values', range],
  ['/api/v2/search/tag/resource.service.name/values', range],
  ['/api/v2/search/tag/span.http.status_code/values', range],
  ['/api/v2/search/tag/span.retry/values', range],
  ['/api/v2/search/tag/.ratio/values', range],
  ['/api/v2/search/tag/name/values', { q: '{ kind = client }', ...range }],
  ['/api/v2/search/tag/status/values', range],
  ['/api/v2/search/tag/duration/values', range],
  ['/api/metrics/query', { q: '{ resource.service.name = "shop" } | count_over_time() by (name)', ...range }],
  ['/api/metrics/query_range', { q: '{} | rate() by (span.http.status_code)', step: '30s', ...range }],
];
/** Requests that both refuse. */
const REFUSED: readonly (readonly [path: string, parameters: Readonly<Record<string, string>>])[] = [
  ['/api/traces/xyz', {}],
  ['/api/search', { q: '{ foo = }' }],
  ['/api/search', { q: '{}', tags: 'a=b' }],
  ['/api/search', { limit: '0' }],
  ['/api/search', { start: '20', end: '10' }],
  ['/api/v2/search/tags', { scope: 'nowhere' }],
  ['/api/v2/search/tag/no%20field/values', {}],
  ['/api/metrics/query_range', { q: '{ foo' }],
];

describe('answers beside a real Tempo', {
  skip: binary === undefined ? 'there is no Tempo: TRILITH_TEST_TEMPO names its binary' : false,
}, () => {
  let server: RunningServer;
  let tempo: RunningTempo;

  before(async () => {
    [server, tempo] = await Promise.all([startServer(), startTempo(binary ?? '')]);
    await postTraces(server.url, SPANS);
    await postTraces(tempo.otlp, SPANS);
    for (const url of [`${server.url}/tempo`, tempo.api])
      await eventually(`${url} finds the trace`, 30_000, async () => {
        const { traces } = (await (await ask(url, '/api/search', { q: '{ name = "charge" }', ...range })).json()) as {
          traces: unknown[];
        };
        assert.equal(traces.length, 1);
        const tags = (await (await ask(url, '/api/v2/search/tags', { scope: 'span', ...range })).json()) as {
          scopes?: unknown[];
        };
        assert.equal(tags.scopes?.length, 1);
      });
  });
  after(async () => {
    await server?.stop();
    await tempo?.stop();
  });

  const ask = (url: string, path: string, parameters: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`${url}${path}?${new URLSearchParams(parameters)}`);

  for (const [path, parameters] of REQUESTS)
    test(`the same: ${path.replace(TRACE, '…')} ${parameters.q ?? parameters.tags ?? parameters.scope ?? ''}`, async () => {
      const [ours, theirs] = await Promise.all(
        [`${server.url}/tempo`, tempo.api].map(async (url) => {
          const response = await ask(url, path, parameters);
          const body = await response.text();
          assert.equal(response.status, 200, `${url}: ${body}`);
          return comparable(JSON.parse(body), 'tags' in parameters);
        }),
      );
      assert.deepEqual(ours, theirs);
    });

  for (const [path, parameters] of REFUSED)
    test(`refused by both: ${path} ${JSON.stringify(parameters)}`, async () => {
      const [ours, theirs] = await Promise.all(
        [`${server.url}/tempo`, tempo.api].map(async (url) => (await ask(url, path, parameters)).status),
      );
      assert.equal(ours, theirs);
    });
});

/** What ours has more of: names of all spans found, and spans of a search by tags. */
const MORE_OF: ReadonlySet<string> = new Set(['spanSet', 'spanSets', 'serviceStats']);

/**
 * An answer without the figures of the search itself; lists whose order means nothing in one order, zeros left out as protobuf
 * leaves them out, steps without a value too: ours go on to the end that was asked for, Tempo's to the moment.
 */
function comparable(value: unknown, byTags: boolean): unknown {
  if (Array.isArray(value))
    return value
      .map((item) => comparable(item, byTags))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
      if (key === 'metrics' || key === 'exemplars' || (byTags && MORE_OF.has(key))) return [];
      if (key === 'name' && 'spanID' in value) return [];
      const kept = key === 'samples' ? (member as { value?: number }[]).filter((sample) => sample.value) : member;
      const same = comparable(kept, byTags);
      const isNothing = same === 0 || same === '' || same === '0' || (Array.isArray(same) && same.length === 0);
      return isNothing ? [] : [[key, same]];
    }),
  );
}
