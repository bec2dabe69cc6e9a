import type { KubernetesDiscovery, KubernetesRole } from '../../config/types.ts';
import type { Discovery, DiscoveryContext } from '../target_group.ts';
import { type ApiAccess, apiAccess } from './api_client.ts';
import type { KubeObject } from './fields.ts';
import type { Lookups } from './object_labels.ts';
import { ROLE_GROUPS } from './roles.ts';
import { type Collection, watchCollection } from './watch.ts';

/** Where the collections are in the API. */
const PATHS = {
  node: ['/api/v1', 'nodes'],
  namespace: ['/api/v1', 'namespaces'],
  pod: ['/api/v1', 'pods'],
  service: ['/api/v1', 'services'],
  endpoints: ['/api/v1', 'endpoints'],
  endpointslice: ['/apis/discovery.k8s.io/v1', 'endpointslices'],
  ingress: ['/apis/networking.k8s.io/v1', 'ingresses'],
  replicaset: ['/apis/apps/v1', 'replicasets'],
  job: ['/apis/batch/v1', 'jobs'],
} as const;
type Resource = keyof typeof PATHS;

/** Changes that come close together make one new set of groups. */
const SETTLE_MS = 200;

/** The collections a role needs beside its own. */
function resourcesOf(config: KubernetesDiscovery): Resource[] {
  const behind = config.role === 'endpoints' || config.role === 'endpointslice';
  const withPods = behind || config.role === 'pod';
  const wanted: Resource[] = [config.role];
  if (behind) wanted.push('pod', 'service');
  if (withPods && config.attachNode) wanted.push('node');
  if (config.role !== 'node' && config.attachNamespace) wanted.push('namespace');
  if (withPods && config.attachDeployment) wanted.push('replicaset');
  if (withPods && config.attachCronJob) wanted.push('job');
  return wanted;
}

const isRole = (resource: Resource): resource is KubernetesRole => resource in ROLE_GROUPS;

export interface KubernetesSurroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Folder with the service account's token, certificate and namespace. */
  readonly account?: string;
  readonly retryMs?: number;
}

/** `kubernetes_sd_configs`: the objects of a role, listed once and then watched. */
export function discoverKubernetes(
  config: KubernetesDiscovery,
  context: DiscoveryContext,
  around: KubernetesSurroundings = {},
): Discovery {
  let access: ApiAccess;
  try {
    access = apiAccess(config, context.directory, around.env, around.account);
  } catch (error) {
    context.failed(error instanceof Error ? error.message : String(error));
    return { stop: async () => undefined };
  }
  let timer: NodeJS.Timeout | undefined;
  const collections = new Map<Resource, readonly Collection[]>();

  const objectsOf = (resource: Resource): ReadonlyMap<string, KubeObject> | undefined => {
    const parts = collections.get(resource);
    if (parts === undefined) return undefined;
    return parts.length === 1 ? parts[0]?.objects : new Map(parts.flatMap(({ objects }) => [...objects]));
  };
  const rebuild = (): void => {
    const parts = [...collections.values()].flat();
    if (!parts.every(({ listed }) => listed)) return;
    const nothing = new Map<string, KubeObject>();
    const lookups: Lookups = {
      pods: objectsOf('pod') ?? nothing,
      services: objectsOf('service') ?? nothing,
      nodes: config.attachNode ? objectsOf('node') : undefined,
      namespaces: objectsOf('namespace'),
      replicaSets: objectsOf('replicaset'),
      jobs: objectsOf('job'),
      attachJob: config.attachJob,
    };
    const groups = [...(objectsOf(config.role)?.values() ?? [])].flatMap((object) => {
      const group = ROLE_GROUPS[config.role](object, lookups);
      return group === undefined ? [] : [group];
    });
    context.found(groups);
  };
  const changed = (): void => {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      rebuild();
    }, SETTLE_MS);
    timer.unref();
  };

  const own = access.ownNamespace === '' ? [] : [access.ownNamespace];
  const named = [...config.namespaces, ...own];
  for (const resource of resourcesOf(config)) {
    const [group, plural] = PATHS[resource];
    const everywhere = named.length === 0 || resource === 'node' || resource === 'namespace';
    const paths = everywhere
      ? [`${group}/${plural}`]
      : named.map((it) => `${group}/namespaces/${encodeURIComponent(it)}/${plural}`);
    const selector = isRole(resource) ? config.selectors.find(({ role }) => role === resource) : undefined;
    collections.set(
      resource,
      paths.map((path) =>
        watchCollection({
          access,
          path,
          labelSelector: selector?.label ?? '',
          fieldSelector: selector?.field ?? '',
          changed,
          failed: context.failed,
          ...(around.retryMs === undefined ? {} : { retryMs: around.retryMs }),
        }),
      ),
    );
  }
  return {
    async stop() {
      clearTimeout(timer);
      await Promise.all([...collections.values()].flat().map((collection) => collection.stop()));
      access.client.close();
    },
  };
}
