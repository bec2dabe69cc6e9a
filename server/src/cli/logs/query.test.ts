import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError } from '../http.ts';
import { parseLogsArguments } from './arguments.ts';
import { logqlOf } from './query.ts';

const NOW = 1_790_000_000_000;
const NAMES = { pods: ['payments-api-7d9f-x2x1z'], services: ['payments-api', 'web'] };
const parse = (...args: string[]) => parseLogsArguments(args, {}, NOW);

const CASES: readonly (readonly [args: readonly string[], query: string])[] = [
  [['{a="b"} |= "x"'], '{a="b"} |= "x"'],
  [['{a="b"}', '-i', 'x|y', '-e', 'z', '--level', 'error,FATAL'], '{a="b"} |~ "x|y" !~ "z" | level=~"error|FATAL"'],
  [[], '{service_name=~".+"}'],
  [['card', 'decl.ined'], '{service_name=~".+"} |~ "(?i)card" |~ "(?i)decl\\\\.ined"'],
  [['card'], '{service_name=~".+"} |~ "(?i)card"'],
  [
    ['payments.*'],
    '{service_name=~".+"} | pod=~".*(payments.*).*" or k8s_pod_name=~".*(payments.*).*" or service_name=~".*(payments.*).*"',
  ],
  [['x2x1z'], '{service_name=~".+"} | pod=~".*(x2x1z).*" or k8s_pod_name=~".*(x2x1z).*"'],
  [['we[b]'], '{service_name=~".+"} | service_name=~".*(we[b]).*"'],
  [['('], '{service_name=~".+"} |~ "(?i)\\\\("'],
  [
    ['pod/p-1', '-c', 'app'],
    '{service_name=~".+"} | pod="p-1" or k8s_pod_name="p-1" | container=~"app" or k8s_container_name=~"app"',
  ],
  [
    ['deploy/payments-api', '-n', 'prod'],
    '{service_name=~".+"} | k8s_deployment_name="payments-api" or pod=~"payments-api-[a-z0-9]+-[a-z0-9]+" or ' +
      'k8s_pod_name=~"payments-api-[a-z0-9]+-[a-z0-9]+" or service_name="payments-api" | namespace="prod" or k8s_namespace_name="prod"',
  ],
  [['svc/web', '--trace', 'ab'], '{service_name=~".+"} | service_name="web" | trace_id="ab"'],
  [['-l', 'app=payments,env!=dev'], '{app="payments", env!="dev"}'],
  [['-l', 'app in (a.b, c),env notin (dev)'], '{app=~"a\\\\.b|c", env!~"dev"}'],
  [['svc/web', '-n', 'prod', '-A'], '{service_name=~".+"} | service_name="web"'],
];

for (const [args, query] of CASES) {
  test(`trilith logs ${args.join(' ')}`, () => assert.equal(logqlOf(parse(...args), NAMES), query));
}

test('times and numbers of lines are as given', () => {
  const { startNs, endNs, tail } = parse('--since', '1h30m', '--to', '1790000000', '--tail', 'all');
  assert.deepEqual([startNs, endNs, tail], [1_789_994_600_000_000_000n, 1_790_000_000_000_000_000n, Infinity]);
  assert.equal(parse('--from', '2026-09-21T00:00:00Z').startNs, 1_789_948_800_000_000_000n);
  assert.deepEqual(
    [parse('-f').tail, parse().tail, parse('--tail', '7').tail, parse('--limit=7').tail],
    [100, 1000, 7, 7],
  );
  assert.equal(parse('--since-time', '2026-09-21T00:00:00Z').startNs, 1_789_948_800_000_000_000n);
});

const REFUSED: readonly (readonly string[])[] = [
  ['--since', 'yesterday'],
  ['--tail', 'x'],
  ['-f', '--to', '1'],
  ['-o', 'yaml'],
  ['--unheard'],
  ['--color', 'blue'],
  ['{a="b"}', 'x'],
  ['{a="b"}', '-l', 'a=b'],
  ['-l', 'a'],
  ['-l', 'a in b'],
  ['query', '{a="b"}'],
  ['sum by (a) (count_over_time({a="b"} |= "x" [5m]))'],
  ['node/x'],
];

for (const args of REFUSED) {
  test(`refused: trilith logs ${args.join(' ')}`, () => {
    assert.throws(() => logqlOf(parse(...args), NAMES), CommandError);
  });
}
