import { isJsonObject } from '../../base/json_input.ts';
import { appendFlattened, scalarText } from './field_text.ts';

type Pairs = [name: string, value: string][];

/** Where a container's record comes from: few-valued names as stream labels, the others as attributes. */
export interface KubernetesFields {
  readonly labels: Pairs;
  readonly attributes: Pairs;
}

const NOTHING: KubernetesFields = { labels: [], attributes: [] };

/** Names of Fluent Bit's and Fluentd's `kubernetes` map, and of Beats' (joined by dots). */
const LABEL_OF: ReadonlyMap<string, string> = new Map([
  ['namespace_name', 'namespace'],
  ['namespace', 'namespace'],
  ['pod_name', 'pod'],
  ['pod.name', 'pod'],
  ['container_name', 'container'],
  ['container.name', 'container'],
  ['host', 'node'],
  ['node.name', 'node'],
]);
/** OpenTelemetry's names (semantic conventions, k8s and container registries). */
const ATTRIBUTE_OF: ReadonlyMap<string, string> = new Map([
  ['pod_id', 'k8s.pod.uid'],
  ['pod.uid', 'k8s.pod.uid'],
  ['pod_ip', 'k8s.pod.ip'],
  ['pod.ip', 'k8s.pod.ip'],
  ['docker_id', 'container.id'],
  ['container_image', 'container.image.name'],
  ['container_hash', 'container.image.repo_digests'],
]);
/** Labels of a pod that name its service, the best first; the forms with `_` are Beats'. */
const APP_LABELS = ['app.kubernetes.io/name', 'app_kubernetes_io/name', 'app', 'k8s-app'];

/** Reads the `kubernetes` map that agents add to a record. */
export function kubernetesFields(value: unknown): KubernetesFields {
  if (!isJsonObject(value)) return NOTHING;
  const labels: Pairs = [];
  const attributes: Pairs = [];
  const members: Pairs = [];
  for (const [name, member] of Object.entries(value)) {
    if (name === 'labels' && isJsonObject(member)) appendEach(attributes, 'k8s.pod.label', member);
    else if (name === 'annotations' && isJsonObject(member)) appendEach(attributes, 'k8s.pod.annotation', member);
    else appendFlattened(members, name, member);
  }
  for (const [name, text] of members) {
    const label = LABEL_OF.get(name);
    if (label !== undefined) labels.push([label, text]);
    else attributes.push([ATTRIBUTE_OF.get(name) ?? `k8s.${name}`, text]);
  }
  const app = appOf(value.labels);
  if (app !== '') labels.push(['app', app]);
  return { labels, attributes };
}

function appendEach(into: Pairs, prefix: string, members: Readonly<Record<string, unknown>>): void {
  for (const [name, member] of Object.entries(members)) appendFlattened(into, `${prefix}.${name}`, member);
}

function appOf(labels: unknown): string {
  if (!isJsonObject(labels)) return '';
  for (const name of APP_LABELS) {
    const text = scalarText(labels[name]) ?? '';
    if (text !== '') return text;
  }
  return '';
}
