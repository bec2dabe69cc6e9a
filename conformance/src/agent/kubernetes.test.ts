import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../../server/src/base/free_port.ts';
import { eventually, startServer } from '../running_server.ts';
import { AgentProcess } from './agent_process.ts';
import { servePods } from './pod_api.ts';

const TRACE = '9af3000000000000000000000000a001';

interface Streams {
  readonly data: {
    readonly result: readonly {
      readonly stream: Record<string, string>;
      readonly values: readonly [string, string][];
    }[];
  };
}

/** Writes lines of a container where the kubelet does. */
function writeContainer(logs: string, pod: string, container: string, lines: readonly string[]): void {
  const directory = join(logs, `pods/prod_${pod}_0000-1111/${container}`);
  mkdirSync(directory, { recursive: true });
  mkdirSync(join(logs, 'containers'), { recursive: true });
  const at = new Date().toISOString();
  writeFileSync(join(directory, '0.log'), lines.map((line) => `${at} stdout F ${line}\n`).join(''));
  const link = join(logs, 'containers', `${pod}_prod_${container}-${'e'.repeat(64)}.log`);
  symlinkSync(join(directory, '0.log'), link);
}

const podObject = (name: string, labels: Record<string, string>, annotations: Record<string, string> = {}): object => ({
  metadata: {
    name,
    namespace: 'prod',
    uid: '0000-1111',
    labels: { 'pod-template-hash': '5d9c7b4f9', ...labels },
    annotations,
    ownerReferences: [{ kind: 'ReplicaSet', name: name.replace(/-[^-]*$/, ''), controller: true }],
  },
  spec: { nodeName: 'node-1' },
  status: {
    podIP: '10.1.2.3',
    containerStatuses: [{ name: 'main', image: 'shop/app:1', containerID: 'containerd://abc' }],
  },
});

test('lines of pods come through the agent with what Kubernetes knows of them, and everyday queries find them', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'trilith-agent-k8s-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const logs = join(root, 'logs');
  writeContainer(logs, 'payments-api-5d9c7b4f9-aaaaa', 'main', [
    `{"level":"ERROR","service":"payments-api","trace_id":"${TRACE}","user_id":"u-7","request_id":"r-9","message":"card_declined"}`,
    `{"level":"INFO","service":"payments-api","trace_id":"${TRACE}","message":"card_declined, told the user"}`,
    `{"level":"ERROR","service":"payments-api","trace_id":"${TRACE.replace('9', '8')}","message":"card_declined"}`,
  ]);
  writeContainer(logs, 'noisy-5d9c7b4f9-ccccc', 'main', ['{"level":"INFO","message":"nobody wants this"}']);
  await using api = await servePods([
    podObject('payments-api-5d9c7b4f9-aaaaa', { 'app.kubernetes.io/name': 'payments-api' }),
    podObject('noisy-5d9c7b4f9-ccccc', { app: 'noisy' }, { 'fluentbit.io/exclude': 'true' }),
  ]);
  const server = await startServer();
  t.after(() => server.stop());
  const config = join(root, 'agent.yaml');
  const settings = {
    server: { url: server.url },
    data: join(root, 'agent'),
    listen: `127.0.0.1:${await freePort()}`,
    containers: { paths: [join(logs, 'containers/*.log')] },
    kubernetes: { api_server: api.url, node: 'node-1' },
    host_metrics: false,
  };
  writeFileSync(config, JSON.stringify(settings));
  const agent = new AgentProcess(config, join(root, 'agent.log'), Number(settings.listen.split(':')[1]));
  agent.start();
  t.after(() => agent.kill('SIGTERM'));
  const lines = async (query: string, count: number): Promise<Streams['data']['result']> =>
    eventually(query, 20_000, async () => {
      const { data } = (await server.get('/loki/api/v1/query_range', { query })) as Streams;
      assert.equal(data.result.flatMap(({ values }) => values).length, count, JSON.stringify(data.result));
      return data.result;
    });

  const [found] = await lines(`{service="payments-api", level="ERROR"} |= "card_declined" | trace_id="${TRACE}"`, 1);
  assert.match(found?.values[0]?.[1] ?? '', /"user_id":"u-7"/);
  assert.equal(found?.stream.k8s_deployment_name, 'payments-api');
  assert.equal(found?.stream.k8s_pod_name, 'payments-api-5d9c7b4f9-aaaaa');

  // A pod the API server tells of later: its lines wait for it.
  writeContainer(logs, 'antifraud-5d9c7b4f9-bbbbb', 'main', [
    `{"level":"ERROR","trace_id":"${TRACE}","request_id":"r-9","message":"TimeoutError: scoring"}`,
  ]);
  api.put(podObject('antifraud-5d9c7b4f9-bbbbb', { app: 'antifraud-service' }));
  await lines('{namespace="prod", app="antifraud-service"} |= "TimeoutError"', 1);

  await lines(`{namespace="prod"} | trace_id="${TRACE}"`, 3);
  await lines('{namespace="prod"} | request_id="r-9"', 2);
  await lines('{namespace="prod"} | user_id="u-7"', 1);
  await lines('{namespace="prod"} |= "nobody wants this"', 0);
  assert.deepEqual([...api.asked], ['spec.nodeName=node-1']);
  assert.equal(await agent.metric('trilith_agent_excluded_records_total'), 1);
});
