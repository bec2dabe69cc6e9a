import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import pino from 'pino';
import { pinoLoki } from 'pino-loki';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

let server: RunningServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

interface LokiAnswer {
  readonly data: {
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string])[];
    }[];
  };
}

/** Lines of a query, oldest first. */
async function lines(query: string): Promise<string[]> {
  const answer = (await server.get('/loki/api/v1/query_range', { query, direction: 'forward' })) as LokiAnswer;
  return answer.data.result.flatMap(({ values }) => values.map(([, line]) => line));
}

test('lines of pino-loki are found by label, by text and by trace id', async () => {
  const stream = pinoLoki({ host: server.url, labels: { app: 'payments-api' }, batching: false });
  const log = pino({ base: null }, stream);
  log.info({ trace_id: TRACE, user_id: 'u-1' }, 'payment accepted');
  log.error({ trace_id: TRACE, request_id: 'r-7' }, 'card_declined');
  log.warn('unrelated');
  stream.end();
  await once(stream, 'close');
  await eventually('three lines are stored', 10_000, async () => {
    assert.equal((await lines('{app="payments-api"}')).length, 3);
  });
  assert.match((await lines('{app="payments-api"} |= "card_declined"')).join(), /"request_id":"r-7"/);
  const ofTrace = await lines(`{app="payments-api"} | trace_id="${TRACE}"`);
  assert.deepEqual(ofTrace.map((line) => (JSON.parse(line) as { msg: string }).msg).sort(), [
    'card_declined',
    'payment accepted',
  ]);
  assert.equal((await lines('{service="payments-api", level="ERROR"}')).length, 1);
});
