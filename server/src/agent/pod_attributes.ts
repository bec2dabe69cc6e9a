import type { ContainerName } from './container_path.ts';

/** What the agent keeps of a Pod. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ip: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** The controller that made it, if any. */
  readonly owner: { readonly kind: string; readonly name: string } | undefined;
  /** By container name: image, and id without the runtime's prefix. */
  readonly containers: ReadonlyMap<string, { readonly image: string; readonly id: string }>;
}

export type Attributes = Map<string, string>;

/** Longer values of labels and annotations stay away from records. */
const MAX_VALUE_LENGTH = 1024;
/** Holds a whole manifest on every object of `kubectl apply`. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Attributes an operator sets by hand (opentelemetry.io/docs/specs/semconv/non-normative/k8s-attributes). */
const RESOURCE_ANNOTATION = 'resource.opentelemetry.io/';

/** Labels that name the service, the best first. */
const SERVICE_LABELS = ['app.kubernetes.io/name', 'app', 'k8s-app'] as const;

/** Attribute of the workload by the kind of its object. */
const OWNERS: ReadonlyMap<string, string> = new Map([
  ['Deployment', 'k8s.deployment.name'],
  ['ReplicaSet', 'k8s.replicaset.name'],
  ['StatefulSet', 'k8s.statefulset.name'],
  ['DaemonSet', 'k8s.daemonset.name'],
  ['Job', 'k8s.job.name'],
  ['CronJob', 'k8s.cronjob.name'],
]);

/** What a container's path alone says, in OpenTelemetry's names. */
export function attributesOfName(name: ContainerName): Attributes {
  return new Map([
    ['service.name', name.container],
    ['k8s.namespace.name', name.namespace],
    ['k8s.pod.name', name.pod],
    ['k8s.pod.uid', name.podUid],
    ['k8s.container.name', name.container],
    ['k8s.container.restart_count', name.restart],
    ['container.id', name.containerId],
  ]);
}

/** The controllers above a pod: a ReplicaSet of a Deployment has the deployment's name and the hash of its template. */
export function ownersOf({ owner, labels }: Pick<Pod, 'owner' | 'labels'>): Attributes {
  const found: Attributes = new Map();
  const attribute = OWNERS.get(owner?.kind ?? '');
  if (owner === undefined || attribute === undefined) return found;
  const hash = labels.get('pod-template-hash') ?? '';
  if (owner.kind === 'ReplicaSet' && hash !== '' && owner.name.endsWith(`-${hash}`))
    found.set('k8s.deployment.name', owner.name.slice(0, -hash.length - 1));
  // The controller of CronJobs appends the time of the run in minutes since the epoch.
  const run = owner.kind === 'Job' ? /^(.+)-\d{8,10}$/.exec(owner.name)?.[1] : undefined;
  if (run !== undefined) found.set('k8s.cronjob.name', run);
  found.set(attribute, owner.name);
  return found;
}

/** All that is known of a container of a pod, in OpenTelemetry's names. */
export function attributesOfPod(name: ContainerName, pod: Pod): Attributes {
  const attributes = attributesOfName(name);
  attributes.set('k8s.pod.uid', pod.uid);
  attributes.set('k8s.node.name', pod.node);
  attributes.set('k8s.pod.ip', pod.ip);
  const container = pod.containers.get(name.container);
  if (container !== undefined) {
    attributes.set('container.image.name', container.image);
    if (name.containerId === '') attributes.set('container.id', container.id);
  }
  const owners = ownersOf(pod);
  for (const [key, value] of owners) attributes.set(key, value);
  addMeta(attributes, 'k8s.pod.label.', pod.labels);
  addMeta(attributes, 'k8s.pod.annotation.', pod.annotations);
  const [workload] = owners.values();
  const label = SERVICE_LABELS.map((key) => pod.labels.get(key) ?? '').find((value) => value !== '');
  attributes.set('service.name', label ?? workload ?? name.container);
  const version = pod.labels.get('app.kubernetes.io/version');
  if (version !== undefined) attributes.set('service.version', version);
  for (const [key, value] of pod.annotations)
    if (key.startsWith(RESOURCE_ANNOTATION)) attributes.set(key.slice(RESOURCE_ANNOTATION.length), value);
  return attributes;
}

function addMeta(attributes: Attributes, prefix: string, values: ReadonlyMap<string, string>): void {
  for (const [key, value] of values)
    if (key !== LAST_APPLIED && value.length <= MAX_VALUE_LENGTH) attributes.set(prefix + key, value);
}

/**
 * Whether annotations keep an output stream of a container out: `fluentbit.io/exclude[_stream][-container]: "true"`, as
 * Fluent Bit's Kubernetes filter has it with K8S-Logging.Exclude, or the same under `trilith.io/`. The one that says
 * most counts.
 */
export function isExcluded(annotations: ReadonlyMap<string, string>, container: string, stream: string): boolean {
  for (const suffix of [`_${stream}-${container}`, `-${container}`, `_${stream}`, '']) {
    const value = annotations.get(`trilith.io/exclude${suffix}`) ?? annotations.get(`fluentbit.io/exclude${suffix}`);
    if (value !== undefined && /^(?:true|false|on|off)$/i.test(value)) return /^(?:true|on)$/i.test(value);
  }
  return false;
}
