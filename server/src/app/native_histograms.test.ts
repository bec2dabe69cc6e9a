import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { snappyCompress } from '../base/snappy.ts';
import { writeRequest2 } from '../receive/remote_write/test_requests.ts';
import { loadConfig } from './config.ts';
import { startSystem } from './system.ts';

interface Answer {
  readonly data: { readonly result: readonly { readonly value?: [number, string]; readonly histogram?: unknown }[] };
}

test('a native histogram sent with remote write 2.0 is there for histogram_quantile over HTTP', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trilith-histograms-'));
  const config = loadConfig([], {
    TRILITH_LISTEN: '127.0.0.1:0',
    TRILITH_OTLP_LISTEN: 'off',
    TRILITH_SELF_MONITORING: 'false',
    TRILITH_LOG_LEVEL: 'error',
    TRILITH_DATA: directory,
  });
  const system = await startSystem(config, 'test');
  try {
    await system.ready;
    const now = Date.now();
    const histogram = (minutes: number) => ({
      countInt: 10 * minutes,
      sum: 25 * minutes,
      schema: 0,
      zeroThreshold: 0.001,
      zeroCountInt: 0,
      positiveSpans: [{ offset: 1, length: 2 }],
      positiveDeltas: [4 * minutes, 2 * minutes],
      timestamp: now - (5 - minutes) * 60_000,
    });
    const labels = [
      ['__name__', 'request_seconds'],
      ['service', 'payments'],
    ] as const;
    const body = snappyCompress(writeRequest2([{ labels, histograms: [1, 2, 3, 4, 5].map(histogram) }]));
    const written = await fetch(`${system.url}/api/v1/write`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '2.0.0',
      },
      body: Buffer.from(body),
    });
    assert.equal(written.status, 204);
    assert.equal(written.headers.get('x-prometheus-remote-write-histograms-written'), '5');

    const ask = async (query: string): Promise<Answer['data']['result']> => {
      const url = `${system.url}/prometheus/api/v1/query?query=${encodeURIComponent(query)}&time=${now / 1000}`;
      return ((await (await fetch(url)).json()) as Answer).data.result;
    };
    const until = async (query: string): Promise<Answer['data']['result']> => {
      const deadline = performance.now() + 20_000;
      for (;;) {
        const result = await ask(query);
        if (result.length > 0) return result;
        if (performance.now() > deadline) throw new Error(`no answer to ${query} within 20 s`);
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
      }
    };
    const [found] = await until('histogram_quantile(0.5, sum by (service) (rate(request_seconds[5m])))');
    // Four of ten observations are in (1, 2], six in (2, 4]: the fifth is a sixth of the way, on a logarithmic scale.
    assert.ok(Math.abs(Number(found?.value?.[1]) - 2 ** (1 + 1 / 6)) < 1e-9, String(found?.value));
    const [count] = await ask('histogram_count(request_seconds)');
    assert.equal(count?.value?.[1], '50');
    const [whole] = await ask('request_seconds');
    assert.deepEqual(whole?.histogram, [
      now / 1000,
      {
        count: '50',
        sum: '125',
        buckets: [
          [0, '1', '2', '20'],
          [0, '2', '4', '30'],
        ],
      },
    ]);
  } finally {
    await system.close();
    await rm(directory, { recursive: true, force: true });
  }
});
