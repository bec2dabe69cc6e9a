import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { KubernetesDiscovery, KubernetesRole } from '../../config/types.ts';
import type { TargetGroup } from '../target_group.ts';
import { apiAccess } from './api_client.ts';
import { discoverKubernetes } from './kubernetes.ts';

type KubeObject = Readonly<Record<string, unknown>>;

/** An API server that lists with pages, watches with versions, and forgets old versions when told to. */
class FakeApi {
  readonly asked: string[] = [];
  readonly headers: (string | undefined)[] = [];
  readonly #collections = new Map<string, Map<string, KubeObject>>();
  readonly #watches = new Map<string, Set<ServerResponse>>();
  #version = 100;
  url = '';

  async start(t: TestContext): Promise<this> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      this.asked.push(`${url.pathname}?${url.searchParams}`);
      this.headers.push(request.headers.authorization);
      if (url.searchParams.get('watch') === 'true') this.#watch(url, response);
      else this.#list(url, response);
    }).listen(0, '127.0.0.1');
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server, 'listening');
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  put(path: string, object: KubeObject): void {
    const metadata = object.metadata as { readonly name: string; readonly namespace?: string };
    const collection = this.#collections.get(path) ?? new Map<string, KubeObject>();
    this.#collections.set(path, collection);
    const key = `${metadata.namespace ?? ''}/${metadata.name}`;
    const stored = { ...object, metadata: { ...metadata, resourceVersion: String(++this.#version) } };
    this.#send(path, { type: collection.has(key) ? 'MODIFIED' : 'ADDED', object: stored });
    collection.set(key, stored);
  }

  remove(path: string, key: string): void {
    const object = this.#collections.get(path)?.get(key);
    this.#collections.get(path)?.delete(key);
    this.#version++;
    this.#send(path, { type: 'DELETED', object });
  }

  /** Ends the watches of a collection with an error event, as a server whose past is gone does. */
  expire(path: string): void {
    this.#send(path, { type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } });
  }

  #send(path: string, event: unknown): void {
    for (const response of this.#watches.get(path) ?? []) response.write(`${JSON.stringify(event)}\n`);
  }

  #list(url: URL, response: ServerResponse): void {
    const all = [...(this.#collections.get(url.pathname)?.values() ?? [])];
    const from = Number(url.searchParams.get('continue') ?? '0');
    // Pages of two, however many were asked for.
    const rest = all.length > from + 2 ? { continue: String(from + 2) } : {};
    const metadata = { resourceVersion: String(this.#version), ...rest };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ metadata, items: all.slice(from, from + 2) }));
  }

  #watch(url: URL, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const watches = this.#watches.get(url.pathname) ?? new Set();
    this.#watches.set(url.pathname, watches.add(response));
    // What happened since the version that was listed comes first.
    const since = Number(url.searchParams.get('resourceVersion'));
    for (const object of this.#collections.get(url.pathname)?.values() ?? []) {
      const { resourceVersion } = object.metadata as { readonly resourceVersion: string };
      if (Number(resourceVersion) > since) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    }
    response.on('close', () => watches.delete(response));
  }
}

const config = (role: KubernetesRole, settings: Partial<KubernetesDiscovery> = {}): KubernetesDiscovery => ({
  kind: 'kubernetes',
  role,
  apiServer: '',
  kubeconfigFile: '',
  namespaces: [],
  ownNamespace: false,
  selectors: [],
  attachNode: false,
  attachNamespace: false,
  attachDeployment: false,
  attachJob: false,
  attachCronJob: false,
  auth: { kind: 'none' },
  tls: { insecureSkipVerify: false, serverName: '' },
  headers: [],
  followRedirects: true,
  proxy: { kind: 'none' },
  ...settings,
});

function start(t: TestContext, settings: KubernetesDiscovery) {
  let last: readonly TargetGroup[] | undefined;
  let waiting: {
    wanted: (groups: readonly TargetGroup[]) => boolean;
    done: (groups: readonly TargetGroup[]) => void;
  }[] = [];
  const failures: string[] = [];
  const discovery = discoverKubernetes(
    settings,
    {
      directory: '.',
      found(groups) {
        last = groups;
        for (const { wanted, done } of waiting) if (wanted(groups)) done(groups);
        waiting = waiting.filter(({ wanted }) => !wanted(groups));
      },
      failed: (reason) => failures.push(reason),
    },
    { retryMs: 20 },
  );
  t.after(() => discovery.stop());
  const until = (wanted: (groups: readonly TargetGroup[]) => boolean): Promise<readonly TargetGroup[]> =>
    last !== undefined && wanted(last) ? Promise.resolve(last) : new Promise((done) => waiting.push({ wanted, done }));
  return { until, failures };
}

/** All labels of the targets, the group's and their own. */
const flat = (groups: readonly TargetGroup[]): Readonly<Record<string, string>>[] =>
  groups.flatMap(({ labels, targets }) => targets.map((target) => ({ ...labels, ...target })));

const pod = (name: string, ip: string, extra: KubeObject = {}): KubeObject => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, labels: { 'app.kubernetes.io/name': 'web' }, ...extra },
  spec: {
    nodeName: 'node-1',
    containers: [{ name: 'main', image: 'web:1', ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }] }],
    initContainers: [{ name: 'init', image: 'init:1' }],
  },
  status: {
    podIP: ip,
    hostIP: '10.0.0.9',
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'main', containerID: 'containerd://1' }],
  },
});

test('pods are listed page by page, watched, and gone when they are deleted', async (t) => {
  const api = await new FakeApi().start(t);
  for (let i = 0; i < 5; i++) api.put('/api/v1/pods', pod(`web-${i}`, `10.1.0.${i}`));
  const { until } = start(t, config('pod', { apiServer: api.url }));
  const groups = await until((found) => found.length === 5);
  const target = flat(groups).find(({ __address__ }) => __address__ === '10.1.0.3:8080') ?? {};
  for (const [label, value] of [
    ['__meta_kubernetes_namespace', 'shop'],
    ['__meta_kubernetes_pod_name', 'web-3'],
    ['__meta_kubernetes_pod_label_app_kubernetes_io_name', 'web'],
    ['__meta_kubernetes_pod_labelpresent_app_kubernetes_io_name', 'true'],
    ['__meta_kubernetes_pod_container_port_name', 'http'],
    ['__meta_kubernetes_pod_container_id', 'containerd://1'],
    ['__meta_kubernetes_pod_container_init', 'false'],
    ['__meta_kubernetes_pod_ready', 'true'],
    ['__meta_kubernetes_pod_phase', 'Running'],
    ['__meta_kubernetes_pod_uid', 'uid-web-3'],
  ] as const)
    assert.equal(target[label], value, label);
  assert.equal(flat(groups).filter(({ __meta_kubernetes_pod_container_init: init }) => init === 'true').length, 5);
  api.put('/api/v1/pods', pod('web-9', '10.1.0.9'));
  await until((found) => found.length === 6);
  api.remove('/api/v1/pods', 'shop/web-0');
  const left = await until((found) => found.length === 5);
  assert.equal(
    flat(left).some(({ __meta_kubernetes_pod_name: name }) => name === 'web-0'),
    false,
  );
  assert.equal(
    api.asked.some((path) => path.includes('continue=2')),
    true,
  );
  assert.equal(
    api.asked.some((path) => /watch=true.*resourceVersion=105/.test(path)),
    true,
  );
});

test('a version that is gone is listed again', async (t) => {
  const api = await new FakeApi().start(t);
  api.put('/api/v1/pods', pod('web-0', '10.1.0.1'));
  const { until } = start(t, config('pod', { apiServer: api.url }));
  await until((found) => found.length === 1);
  while (!api.asked.some((path) => path.includes('watch=true')))
    await new Promise((resolve) => setTimeout(resolve, 10));
  const lists = (): number => api.asked.filter((path) => !path.includes('watch=true')).length;
  const before = lists();
  api.expire('/api/v1/pods');
  while (lists() === before) await new Promise((resolve) => setTimeout(resolve, 10));
  api.put('/api/v1/pods', pod('web-1', '10.1.0.2'));
  await until((found) => found.length === 2);
});

test('endpoints carry the labels of their service and pods, and the ports that no endpoint names', async (t) => {
  const api = await new FakeApi().start(t);
  api.put('/api/v1/pods', pod('web-0', '10.1.0.1'));
  api.put('/api/v1/services', {
    metadata: { name: 'web', namespace: 'shop', annotations: { 'prometheus.io/scrape': 'true' } },
  });
  const reference = { kind: 'Pod', namespace: 'shop', name: 'web-0' };
  api.put('/api/v1/endpoints', {
    metadata: { name: 'web', namespace: 'shop' },
    subsets: [
      {
        addresses: [{ ip: '10.1.0.1', nodeName: 'node-1', targetRef: reference }],
        ports: [{ name: 'm', port: 9100, protocol: 'TCP' }],
      },
    ],
  });
  api.put('/api/v1/nodes', { metadata: { name: 'node-1', labels: { zone: 'a' } } });
  const { until } = start(t, config('endpoints', { apiServer: api.url, attachNode: true }));
  const targets = flat(await until((found) => flat(found).length === 2));
  const [named, other] = ['10.1.0.1:9100', '10.1.0.1:8080'].map((address) =>
    targets.find(({ __address__ }) => __address__ === address),
  );
  assert.equal(named?.__meta_kubernetes_service_annotation_prometheus_io_scrape, 'true');
  assert.equal(named?.__meta_kubernetes_endpoint_ready, 'true');
  assert.equal(named?.__meta_kubernetes_pod_name, 'web-0');
  assert.equal(named?.__meta_kubernetes_node_label_zone, 'a');
  assert.equal(other?.__meta_kubernetes_pod_container_port_number, '8080');
  assert.equal(other?.__meta_kubernetes_endpoints_name, 'web');
});

test('nodes, services, slices and ingresses make the targets upstream makes of them', async (t) => {
  const api = await new FakeApi().start(t);
  api.put('/api/v1/nodes', {
    metadata: { name: 'node-1' },
    spec: { providerID: 'aws:///x' },
    status: {
      addresses: [
        { type: 'Hostname', address: 'h' },
        { type: 'InternalIP', address: '10.0.0.1' },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  });
  api.put('/api/v1/services', {
    metadata: { name: 'web', namespace: 'shop' },
    spec: { type: 'ClusterIP', clusterIP: '10.9.0.1', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  });
  api.put('/apis/discovery.k8s.io/v1/endpointslices', {
    metadata: { name: 'web-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.0.1'], conditions: { ready: true }, zone: 'a' }],
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  });
  api.put('/apis/networking.k8s.io/v1/ingresses', {
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['*.example.com'] }],
      rules: [{ host: 'a.example.com', http: { paths: [{ path: '/x' }, {}] } }, { host: 'plain.test' }],
    },
  });
  const of = async (role: KubernetesRole) =>
    flat(await start(t, config(role, { apiServer: api.url })).until((it) => it.length > 0));
  const [node] = await of('node');
  assert.deepEqual(
    [node?.__address__, node?.instance, node?.__meta_kubernetes_node_address_Hostname],
    ['10.0.0.1:10250', 'node-1', 'h'],
  );
  const [service] = await of('service');
  assert.deepEqual(
    [service?.__address__, service?.__meta_kubernetes_service_cluster_ip],
    ['web.shop.svc:80', '10.9.0.1'],
  );
  const [slice] = await of('endpointslice');
  assert.deepEqual(
    [
      slice?.__address__,
      slice?.__meta_kubernetes_endpointslice_endpoint_conditions_ready,
      slice?.__meta_kubernetes_service_name,
    ],
    ['10.1.0.1:8080', 'true', 'web'],
  );
  const ingresses = await of('ingress');
  assert.deepEqual(
    ingresses.map((it) => [it.__address__, it.__meta_kubernetes_ingress_scheme, it.__meta_kubernetes_ingress_path]),
    [
      ['a.example.com', 'https', '/x'],
      ['a.example.com', 'https', '/'],
      ['plain.test', 'http', '/'],
    ],
  );
});

test('namespaces and selectors go to the server; a kubeconfig says where it is and who asks', async (t) => {
  const api = await new FakeApi().start(t);
  api.put('/api/v1/namespaces/a/pods', pod('web-0', '10.1.0.1'));
  const directory = mkdtempSync(join(tmpdir(), 'trilith-kube-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'config');
  const kubeconfig = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [{ name: 'k', cluster: { server: api.url } }],
    users: [{ name: 'u', user: { token: 's3cret' } }],
  };
  writeFileSync(path, JSON.stringify(kubeconfig));
  const settings = config('pod', {
    kubeconfigFile: path,
    namespaces: ['a', 'b'],
    selectors: [{ role: 'pod', label: 'app=web', field: 'spec.nodeName=n' }],
  });
  const { until } = start(t, settings);
  await until((found) => found.length === 1);
  assert.equal(api.headers[0], 'Bearer s3cret');
  assert.deepEqual([...new Set(api.asked.map((it) => it.split('?')[0]))].sort(), [
    '/api/v1/namespaces/a/pods',
    '/api/v1/namespaces/b/pods',
  ]);
  assert.equal(
    api.asked.every((it) => it.includes('labelSelector=app%3Dweb&fieldSelector=spec.nodeName%3Dn')),
    true,
  );
});

test('inside a cluster the service account is used; outside it is said what is missing', (t) => {
  const account = mkdtempSync(join(tmpdir(), 'trilith-account-'));
  t.after(() => rmSync(account, { recursive: true, force: true }));
  writeFileSync(join(account, 'namespace'), 'shop\n');
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
  const { server, ownNamespace, client } = apiAccess(config('pod', { ownNamespace: true }), '.', env, account);
  client.close();
  assert.deepEqual([server, ownNamespace], ['https://[fd00::1]:6443', 'shop']);
  assert.throws(() => apiAccess(config('pod'), '.', {}, account), /KUBERNETES_SERVICE_HOST .* must be defined/);
});
