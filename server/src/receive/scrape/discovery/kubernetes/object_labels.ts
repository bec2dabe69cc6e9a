import { labelName } from '../target_group.ts';
import { at, type KubeObject, keyOf, listAt, mapAt, nameOf, namespaceOf, textAt } from './fields.ts';

/** Labels of Kubernetes' objects (upstream: discovery/kubernetes). */
export const PREFIX = '__meta_kubernetes_';
export type LabelMap = Record<string, string>;

/** The other collections that labels are looked up in. */
export interface Lookups {
  readonly pods: ReadonlyMap<string, KubeObject>;
  readonly services: ReadonlyMap<string, KubeObject>;
  readonly nodes: ReadonlyMap<string, KubeObject> | undefined;
  readonly namespaces: ReadonlyMap<string, KubeObject> | undefined;
  readonly replicaSets: ReadonlyMap<string, KubeObject> | undefined;
  readonly jobs: ReadonlyMap<string, KubeObject> | undefined;
  readonly attachJob: boolean;
}

/** Labels and annotations of an object, each with a label that says it is there. */
function annotated(object: unknown, resource: string): LabelMap {
  const labels: LabelMap = Object.create(null);
  for (const [kind, path] of [
    ['label', 'labels'],
    ['annotation', 'annotations'],
  ] as const) {
    for (const [name, value] of mapAt(object, 'metadata', path)) {
      labels[`${PREFIX}${resource}_${kind}_${labelName(name)}`] = value;
      labels[`${PREFIX}${resource}_${kind}present_${labelName(name)}`] = 'true';
    }
  }
  return labels;
}

export function objectLabels(object: unknown, role: string): LabelMap {
  return { [`${PREFIX}${role}_name`]: nameOf(object), ...annotated(object, role) };
}

function controllerOf(object: unknown): unknown {
  return listAt(object, 'metadata', 'ownerReferences').find((owner) => at(owner, 'controller') === true);
}

/** `true`, `false` or `unknown`: the condition Ready. */
function readiness(pod: unknown): string {
  const ready = listAt(pod, 'status', 'conditions').find((condition) => textAt(condition, 'type') === 'Ready');
  return ready === undefined ? 'unknown' : textAt(ready, 'status').toLowerCase();
}

export function podLabels(pod: unknown, lookups: Lookups): LabelMap {
  const labels: LabelMap = {
    [`${PREFIX}pod_ip`]: textAt(pod, 'status', 'podIP'),
    [`${PREFIX}pod_ready`]: readiness(pod),
    [`${PREFIX}pod_phase`]: textAt(pod, 'status', 'phase'),
    [`${PREFIX}pod_node_name`]: textAt(pod, 'spec', 'nodeName'),
    [`${PREFIX}pod_host_ip`]: textAt(pod, 'status', 'hostIP'),
    [`${PREFIX}pod_uid`]: textAt(pod, 'metadata', 'uid'),
    ...objectLabels(pod, 'pod'),
  };
  const owner = controllerOf(pod);
  if (owner === undefined) return labels;
  const [kind, name] = [textAt(owner, 'kind'), textAt(owner, 'name')];
  if (kind !== '') labels[`${PREFIX}pod_controller_kind`] = kind;
  if (name !== '') labels[`${PREFIX}pod_controller_name`] = name;
  const key = keyOf(namespaceOf(pod), name);
  const above = (collection: ReadonlyMap<string, KubeObject> | undefined, of: string): string => {
    const grand = controllerOf(collection?.get(key));
    return textAt(grand, 'kind') === of ? textAt(grand, 'name') : '';
  };
  if (kind === 'ReplicaSet') setSome(labels, 'pod_deployment_name', above(lookups.replicaSets, 'Deployment'));
  if (kind === 'Job') {
    if (lookups.attachJob) setSome(labels, 'pod_job_name', name);
    setSome(labels, 'pod_cronjob_name', above(lookups.jobs, 'CronJob'));
  }
  return labels;
}

function setSome(labels: LabelMap, name: string, value: string): void {
  if (value !== '') labels[PREFIX + name] = value;
}

export function serviceLabels(service: unknown): LabelMap {
  return { [`${PREFIX}namespace`]: namespaceOf(service), ...objectLabels(service, 'service') };
}

/** Labels of the node of that name; none when nodes are not looked up or it is not known. */
export function attachedNode(name: string, { nodes }: Lookups): LabelMap {
  const node = name === '' ? undefined : nodes?.get(name);
  return node === undefined ? {} : objectLabels(node, 'node');
}

/** Labels of the namespace of that name; none when namespaces are not looked up. */
export function attachedNamespace(name: string, { namespaces }: Lookups): LabelMap {
  const namespace = namespaces?.get(name);
  return namespace === undefined ? {} : annotated(namespace, 'namespace');
}
