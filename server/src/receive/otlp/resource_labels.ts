import type { DecodeLimits, RejectReason } from '../../model/ingest.ts';
import { type Labels, labelsFrom } from '../../model/labels.ts';
import { UNKNOWN_SERVICE } from '../../model/service.ts';
import type { AttributeSet } from '../../store/index.ts';

/** The labels a resource's logs are grouped by: Loki's default index labels for OTLP. */
const INDEX_ATTRIBUTES: ReadonlySet<string> = new Set([
  'service.name',
  'service.namespace',
  'service.instance.id',
  'deployment.environment',
  'deployment.environment.name',
  'cloud.region',
  'cloud.availability_zone',
  'k8s.cluster.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.container.name',
  'container.name',
  'k8s.replicaset.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
]);

/** What Loki's agents call the same: a query finds a service's lines whichever way they came. */
const ALSO: ReadonlyMap<string, string> = new Map([
  ['k8s.namespace.name', 'namespace'],
  ['k8s.pod.name', 'pod'],
  ['k8s.container.name', 'container'],
]);

/** Name and value pairs of a set, values as text. */
export function attributePairs(set: AttributeSet): [name: string, value: string][] {
  const { keys, values } = set.entries;
  return Array.from({ length: keys.rows }, (_, i) => [keys.table.keys.text(keys.index(i)), values.text(i)]);
}

/** The stream labels of a resource's logs: dots as underscores, and names of Kubernetes as agents have them too. */
export function indexLabels(pairs: readonly (readonly [string, string])[]): Labels {
  const labels = new Map<string, string>([['service_name', UNKNOWN_SERVICE]]);
  for (const [name, value] of pairs) {
    if (value === '' || !INDEX_ATTRIBUTES.has(name)) continue;
    labels.set(name.replaceAll('.', '_'), value);
    const also = ALSO.get(name);
    if (also !== undefined) labels.set(also, value);
  }
  return labelsFrom(labels);
}

/** Why these labels are refused; undefined when they are fine. */
export function indexLabelsRefusal(
  labels: Labels,
  limits: DecodeLimits,
): { readonly reason: RejectReason; readonly message: string } | undefined {
  for (let i = 0; i < labels.length; i += 2) {
    const size = Buffer.byteLength(labels[i + 1] ?? '');
    if (size > limits.labelValueBytes) {
      return {
        reason: 'label_value_length',
        message: `the resource attribute ${labels[i]} has ${size} bytes, limit ${limits.labelValueBytes}`,
      };
    }
  }
  return undefined;
}
