import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { settingsFile } from './config_files.ts';
import { readPage } from './metrics_bridge.ts';
import { parseOptions, UsageError } from './options.ts';
import { createRandom } from './runtime/random.ts';
import { DEFAULT_BASE_PORT, prometheusConfig, receiverPort } from './topology.ts';

test('demo/prometheus.yml is the configuration of the default ports', () => {
  const file = readFileSync(new URL('../prometheus.yml', import.meta.url), 'utf8');
  assert.equal(file, prometheusConfig(DEFAULT_BASE_PORT));
});

test('the demo has rules, routes, people and drills, at other ports too', () => {
  for (const basePort of [DEFAULT_BASE_PORT, 20_000]) {
    const settings = readFileSync(settingsFile(basePort), 'utf8');
    const named = (key: string): string =>
      new RegExp(`^${key}: .*?"?([^" \\[{]+\\.ya?ml)`, 'm').exec(settings)?.[1] ?? '';
    const text = (key: string): string => readFileSync(new URL(named(key), new URL('../../', import.meta.url)), 'utf8');
    assert.match(text('rules'), /alert: HighErrorRate/);
    assert.match(text('on_call'), /receivers: \[anna-chat\]/);
    assert.match(text('alerting'), new RegExp(`127\\.0\\.0\\.1:${receiverPort(basePort)}/anna`));
    assert.match(text('drills'), new RegExp(`127\\.0\\.0\\.1:${basePort}/faults/deadlocks/on`));
    assert.match(settings, new RegExp(`allow: .*127\\.0\\.0\\.1:${basePort}/faults/`));
  }
});

test('the same seed gives the same load', () => {
  const numbers = (seed: number) => {
    const random = createRandom(seed);
    return [random.next(), random.between(1, 100), random.hex(8), random.latency(20)];
  };
  assert.deepEqual(numbers(7), numbers(7));
  assert.notDeepEqual(numbers(7), numbers(8));
});

test('options have defaults; an unknown fault or flag is refused by name', () => {
  const options = parseOptions(['--fault', 'deadlocks,card_declined', '--rps', '3'], { TRILITH_URL: 'http://x:1/' });
  assert.deepEqual(
    [options.trilithUrl, options.rps, options.seed, options.faults],
    ['http://x:1', 3, 1, ['deadlocks', 'card_declined']],
  );
  for (const args of [['--fault', 'fire'], ['--nonsense'], ['--rps', '0'], ['--rps', 'many']]) {
    assert.throws(() => parseOptions(args, {}), UsageError, args.join(' '));
  }
});

test('the bridge reads what prom-client writes', () => {
  const page =
    '# TYPE a counter\na_total{path="/v1/pay",status="200"} 3 # {trace_id="9af"} 0.5 1.25\nb 1e-3\nc_bucket{le="+Inf"} 7\n# EOF\n';
  assert.deepEqual(readPage(page), [
    {
      name: 'a_total',
      labels: [
        ['path', '/v1/pay'],
        ['status', '200'],
      ],
      value: 3,
    },
    { name: 'b', labels: [], value: 0.001 },
    { name: 'c_bucket', labels: [['le', '+Inf']], value: 7 },
  ]);
});
