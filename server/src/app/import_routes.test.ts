import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest } from '../base/http.ts';
import type { Outcome, Submission } from '../model/ingest.ts';
import { importRoutes } from './import_routes.ts';

const DAY = 86_400_000;
const NOW = 20_000.75 * DAY;

const post: HttpRequest = {
  method: 'POST',
  path: '/api/admin/import/metrics',
  params: {},
  query: new URLSearchParams(),
  headers: {},
  body: Uint8Array.of(1, 2),
  tenant: 'shop',
  signal: new AbortController().signal,
};

async function answer(
  outcome: Outcome,
): Promise<{ status: number; retryAfter: unknown; body: unknown; sent: Submission }> {
  let sent: Submission | undefined;
  const routes = importRoutes(
    async (submission) => {
      sent = submission;
      return outcome;
    },
    30,
    () => NOW,
  );
  const response = await routes.find(({ method }) => method === 'POST')?.handler(post);
  assert.ok(response !== undefined && sent !== undefined);
  const { status, headers, body } = response;
  return { status, retryAfter: headers?.['retry-after'], body: JSON.parse(String(body)), sent };
}

test('an import may be as old as the first day that retention keeps', async () => {
  const [get] = importRoutes(
    async () => assert.fail(),
    30,
    () => NOW,
  );
  const response = await get?.handler({ ...post, method: 'GET' });
  assert.deepEqual(JSON.parse(String(response?.body)), { oldestMs: 19_970 * DAY, retentionDays: 30 });
  const rejections = [{ reason: 'label_count' as const, count: 2, message: 'too many' }];
  const accepted = { samples: 3, histograms: 1, exemplars: 0, logs: 0, spans: 0 };
  const { status, body, sent } = await answer({ kind: 'stored', accepted, rejections });
  assert.deepEqual([status, body], [200, { samples: 3, histograms: 1, rejections }]);
  assert.deepEqual(
    [sent.door, sent.tenant, sent.encoding, sent.oldestSampleMs],
    ['remote-write-2', 'shop', 'snappy', 30.75 * DAY],
  );
});

test('what is not taken has a status that says whether to come again', async () => {
  const table: readonly (readonly [Outcome, number, string | undefined])[] = [
    [{ kind: 'undecodable', message: 'm' }, 400, undefined],
    [{ kind: 'unsupported', message: 'm' }, 400, undefined],
    [{ kind: 'too-large', message: 'm' }, 413, undefined],
    [{ kind: 'over-quota', message: 'm', retryAfterSeconds: 1.5 }, 429, '2'],
    [{ kind: 'unavailable', message: 'm', retryAfterSeconds: 1 }, 503, '1'],
  ];
  for (const [outcome, expected, retry] of table) {
    const { status, retryAfter, body } = await answer(outcome);
    assert.deepEqual([status, retryAfter], [expected, retry], outcome.kind);
    assert.equal((body as { error: { message: string } }).error.message, 'm');
  }
});
