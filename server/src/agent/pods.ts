import type { Logger } from '../base/telemetry/log.ts';
import {
  type ApiAccess,
  apiAccess,
  type Collection,
  listAt,
  mapAt,
  textAt,
  watchCollection,
} from '../receive/scrape/index.ts';
import { type AgentConfig, AgentConfigError } from './config.ts';
import type { Pod } from './pod_attributes.ts';

/** The pods of a node, kept up to date by watching the API server. */
export interface Pods {
  /** Whether the API server has answered. */
  readonly listed: boolean;
  find(namespace: string, name: string): Pod | undefined;
  stop(): Promise<void>;
}

/** Watches the pods of one node, or of all nodes when its name is empty. */
function watchPods(access: ApiAccess, node: string, log: Logger): Pods {
  const collection: Collection = watchCollection({
    access,
    path: '/api/v1/pods',
    labelSelector: '',
    fieldSelector: node === '' ? '' : `spec.nodeName=${node}`,
    changed: () => undefined,
    failed: (reason) => log.limited('WARN', 'pods', 60, 'the pods of this node are not known', { reason }),
  });
  const read = new WeakMap<object, Pod>();
  return {
    get listed() {
      return collection.listed;
    },
    find(namespace, name) {
      const object = collection.objects.get(`${namespace}/${name}`);
      if (object === undefined) return undefined;
      const pod = read.get(object) ?? readPod(object);
      read.set(object, pod);
      return pod;
    },
    stop: () => collection.stop(),
  };
}

/** A Pod as the Kubernetes API (v1) has it, of which nothing is taken for granted. */
export function readPod(object: unknown): Pod {
  const owners = listAt(object, 'metadata', 'ownerReferences');
  const owner = owners.find((reference) => textAt(reference, 'controller') === 'true') ?? owners[0];
  const statuses = [
    ...listAt(object, 'status', 'initContainerStatuses'),
    ...listAt(object, 'status', 'containerStatuses'),
    ...listAt(object, 'status', 'ephemeralContainerStatuses'),
  ];
  return {
    namespace: textAt(object, 'metadata', 'namespace'),
    name: textAt(object, 'metadata', 'name'),
    uid: textAt(object, 'metadata', 'uid'),
    node: textAt(object, 'spec', 'nodeName'),
    ip: textAt(object, 'status', 'podIP'),
    labels: new Map(mapAt(object, 'metadata', 'labels')),
    annotations: new Map(mapAt(object, 'metadata', 'annotations')),
    owner: owner === undefined ? undefined : { kind: textAt(owner, 'kind'), name: textAt(owner, 'name') },
    containers: new Map(
      statuses.map((status) => [
        textAt(status, 'name'),
        { image: textAt(status, 'image'), id: textAt(status, 'containerID').replace(/^.*:\/\//, '') },
      ]),
    ),
  };
}

/** The pods the configuration lets us know; undefined outside Kubernetes. Throws AgentConfigError when access is asked for and not there. */
export function podsOf({ kubernetes }: AgentConfig, log: Logger): Pods | undefined {
  const { enabled, node, api_server: apiServer, kubeconfig_file: kubeconfigFile } = kubernetes;
  const inCluster = (process.env.KUBERNETES_SERVICE_HOST ?? '') !== '';
  if (enabled === false || (enabled === 'auto' && !inCluster && apiServer === '' && kubeconfigFile === ''))
    return undefined;
  if (node === '') log.warn('kubernetes.node is not set (NODE_NAME): the pods of all nodes are watched');
  return watchPods(accessOf(apiServer, kubeconfigFile), node, log);
}

function accessOf(apiServer: string, kubeconfigFile: string): ApiAccess {
  const settings = {
    apiServer,
    kubeconfigFile,
    ownNamespace: false,
    auth: { kind: 'none' },
    tls: { insecureSkipVerify: false, serverName: '' },
    headers: [],
    followRedirects: true,
    proxy: { kind: 'none' },
  } as const;
  try {
    return apiAccess(settings, '.');
  } catch (error) {
    throw new AgentConfigError(`kubernetes: ${(error as Error).message}`, { cause: error });
  }
}
