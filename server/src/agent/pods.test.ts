import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { containerName, dockerContainerId } from './container_path.ts';
import { attributesOfName, attributesOfPod, isExcluded, ownersOf } from './pod_attributes.ts';
import { readPod } from './pods.ts';

const FLUENT_BIT = new URL('../../../../shared/conformance/fluent-bit/kubernetes/', import.meta.url);
const missing = existsSync(FLUENT_BIT) ? false : 'the upstream inputs are not beside the repository';
const ID = '49095a2894da899d3b327c5fde1e056a81376cc9a8f8b09a195f2a92bceed459';
const UID = 'e9f2963f-55f2-11e9-84c5-02e422b8a84a';

test('the path of a container’s log tells pod, namespace, container, id and restarts', () => {
  const link = `/var/log/containers/payments-api-5d9c7b4f9-x2x_prod_api-${ID}.log`;
  const file = `/var/log/pods/prod_payments-api-5d9c7b4f9-x2x_${UID}/api/3.log`;
  const named = { namespace: 'prod', pod: 'payments-api-5d9c7b4f9-x2x', container: 'api' };
  assert.deepEqual(containerName(link, file), { ...named, podUid: UID, containerId: ID, restart: '3' });
  assert.deepEqual(containerName(link, link), { ...named, podUid: '', containerId: ID, restart: '' });
  assert.deepEqual(containerName(file, file), { ...named, podUid: UID, containerId: '', restart: '3' });
  assert.deepEqual(containerName(`${file}.20261122-070000`, file), {
    ...named,
    podUid: UID,
    containerId: '',
    restart: '3',
  });
  assert.equal(containerName('/var/log/syslog', '/var/log/syslog'), undefined);
  assert.equal(dockerContainerId(`/var/lib/docker/containers/${ID}/${ID}-json.log`), ID);
});

interface UpstreamRecord {
  readonly stream?: string;
  readonly kubernetes?: Readonly<Record<string, unknown>>;
}

function upstreamOut(path: string): UpstreamRecord[] {
  const text = readFileSync(new URL(path, FLUENT_BIT), 'utf8').trim();
  return text.split('\n').map((line) => (JSON.parse(line) as [number, UpstreamRecord])[1]);
}

const podOf = (name: string) => readPod(JSON.parse(readFileSync(new URL(`meta/${name}.meta`, FLUENT_BIT), 'utf8')));

for (const pod of ['base', 'base-with-owner-references', 'base-with-namespace-labels-and-annotations']) {
  test(`a record says of its pod what upstream’s does: ${pod}`, { skip: missing }, () => {
    const expected = upstreamOut(`out/core/core_${pod}_fluent-bit.out`)[0]?.kubernetes ?? {};
    const name = { namespace: 'core', pod, container: 'fluent-bit', podUid: '', containerId: '', restart: '' };
    const attributes = attributesOfPod(name, podOf(`core_${pod}`));
    for (const [ours, theirs] of [
      ['k8s.pod.name', 'pod_name'],
      ['k8s.namespace.name', 'namespace_name'],
      ['k8s.pod.uid', 'pod_id'],
      ['k8s.node.name', 'host'],
      ['k8s.pod.ip', 'pod_ip'],
      ['k8s.container.name', 'container_name'],
      ['container.id', 'docker_id'],
      ['container.image.name', 'container_image'],
    ] as const) {
      assert.equal(attributes.get(ours), expected[theirs], ours);
    }
    for (const [kind, theirs] of [
      ['label', 'labels'],
      ['annotation', 'annotations'],
    ] as const) {
      for (const [key, value] of Object.entries(expected[theirs] ?? {}))
        assert.equal(attributes.get(`k8s.pod.${kind}.${key}`), value);
    }
    for (const owner of (expected.ownerReferences ?? []) as { kind: string; name: string }[])
      assert.equal(attributes.get(`k8s.${owner.kind.toLowerCase()}.name`), owner.name);
  });
}

test('annotations keep out exactly the containers and streams that upstream leaves out', { skip: missing }, () => {
  const logs = readdirSync(new URL('log/annotations-exclude', FLUENT_BIT));
  const outs = new Set(readdirSync(new URL('out/annotations-exclude', FLUENT_BIT)));
  let checked = 0;
  for (const log of logs) {
    const [, meta = '', container = ''] = /^(annotations-exclude_[^_]+)_(.+)\.log$/.exec(log) ?? [];
    const { annotations } = podOf(meta);
    for (const stream of ['stdout', 'stderr']) {
      const kept = outs.has(log.replace('.log', `_${stream}.out`));
      assert.equal(isExcluded(annotations, container, stream), !kept, `${log} ${stream}`);
      checked++;
    }
  }
  assert.equal(checked, logs.length * 2);
  assert.ok(checked >= 40);
});

test('the workload is the deployment above the replica set, the cron job above the job', () => {
  const owned = (kind: string, name: string, hash = '') =>
    Object.fromEntries(
      ownersOf({ owner: { kind, name }, labels: new Map(hash === '' ? [] : [['pod-template-hash', hash]]) }),
    );
  assert.deepEqual(owned('ReplicaSet', 'payments-api-5d9c7b4f9', '5d9c7b4f9'), {
    'k8s.deployment.name': 'payments-api',
    'k8s.replicaset.name': 'payments-api-5d9c7b4f9',
  });
  assert.deepEqual(owned('ReplicaSet', 'alone'), { 'k8s.replicaset.name': 'alone' });
  assert.deepEqual(owned('Job', 'report-29312345'), {
    'k8s.cronjob.name': 'report',
    'k8s.job.name': 'report-29312345',
  });
  assert.deepEqual(owned('StatefulSet', 'db'), { 'k8s.statefulset.name': 'db' });
  assert.deepEqual(owned('Rollout', 'canary'), {});
});

test('the service is the annotation, else the name label, the app label, the workload, the container', () => {
  const name = { namespace: 'prod', pod: 'p', container: 'main', podUid: '', containerId: '', restart: '' };
  const serviceOf = (labels: Record<string, string>, annotations: Record<string, string> = {}, owner = ''): unknown =>
    attributesOfPod(
      name,
      readPod({
        metadata: {
          labels,
          annotations,
          ownerReferences: owner === '' ? [] : [{ kind: 'StatefulSet', name: owner, controller: true }],
        },
      }),
    ).get('service.name');
  const all = { 'app.kubernetes.io/name': 'a', app: 'b', 'k8s-app': 'c' };
  assert.equal(serviceOf(all, { 'resource.opentelemetry.io/service.name': 'x' }), 'x');
  assert.equal(serviceOf(all), 'a');
  assert.equal(serviceOf({ app: 'b', 'k8s-app': 'c' }, {}, 'db'), 'b');
  assert.equal(serviceOf({}, {}, 'db'), 'db');
  assert.equal(serviceOf({}), 'main');
  assert.equal(attributesOfName(name).get('service.name'), 'main');
});

test('nothing is taken for granted of what the API server says', () => {
  for (const odd of [null, 5, [], {}, { metadata: 5 }, { metadata: { labels: { a: 5 }, ownerReferences: [null] } }]) {
    const pod = readPod(odd);
    assert.equal(pod.name, '');
    assert.equal(pod.labels.size, 0);
  }
});
