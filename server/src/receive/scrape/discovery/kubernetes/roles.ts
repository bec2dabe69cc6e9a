import type { KubernetesRole } from '../../config/types.ts';
import { labelName, type TargetGroup } from '../target_group.ts';
import { endpointSliceGroup, endpointsGroup } from './endpoints.ts';
import { type KubeObject, keyOf, listAt, nameOf, namespaceOf, textAt, textsAt } from './fields.ts';
import {
  attachedNamespace,
  attachedNode,
  type LabelMap,
  type Lookups,
  objectLabels,
  PREFIX,
  podLabels,
  serviceLabels,
} from './object_labels.ts';
import { containerLabels, containersOf, hostPort, portLabels } from './pod_ports.ts';

/** The group that an object of each role makes; undefined for one that makes none. */
export const ROLE_GROUPS: Readonly<
  Record<KubernetesRole, (object: KubeObject, lookups: Lookups) => TargetGroup | undefined>
> = {
  node: nodeGroup,
  pod: podGroup,
  service: serviceGroup,
  endpoints: endpointsGroup,
  endpointslice: endpointSliceGroup,
  ingress: ingressGroup,
};

const sourceOf = (role: string, object: KubeObject): string => `${role}/${keyOf(namespaceOf(object), nameOf(object))}`;

const ADDRESS_TYPES = ['InternalIP', 'InternalDNS', 'ExternalIP', 'ExternalDNS', 'LegacyHostIP', 'Hostname'];

function nodeGroup(node: KubeObject): TargetGroup | undefined {
  const addresses = new Map<string, string>();
  for (const entry of listAt(node, 'status', 'addresses')) {
    const type = textAt(entry, 'type');
    if (!addresses.has(type)) addresses.set(type, textAt(entry, 'address'));
  }
  const type = ADDRESS_TYPES.find((known) => addresses.has(known));
  if (type === undefined) return undefined;
  const labels: LabelMap = { [`${PREFIX}node_provider_id`]: textAt(node, 'spec', 'providerID') };
  for (const condition of listAt(node, 'status', 'conditions'))
    labels[`${PREFIX}node_condition_${labelName(textAt(condition, 'type').toLowerCase())}`] = textAt(
      condition,
      'status',
    ).toLowerCase();
  const port = textAt(node, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port') || '0';
  const target: LabelMap = { __address__: hostPort(addresses.get(type) ?? '', port), instance: nameOf(node) };
  for (const [name, address] of addresses) target[labelName(`${PREFIX}node_address_${name}`)] = address;
  return { source: sourceOf('node', node), targets: [target], labels: { ...labels, ...objectLabels(node, 'node') } };
}

function podGroup(pod: KubeObject, lookups: Lookups): TargetGroup | undefined {
  const address = textAt(pod, 'status', 'podIP');
  const node = textAt(pod, 'spec', 'nodeName');
  // Pods on nodes that the node selectors left out are left out too.
  if (address === '' || (lookups.nodes !== undefined && !lookups.nodes.has(node))) return undefined;
  const namespace = namespaceOf(pod);
  const statuses = [...listAt(pod, 'status', 'containerStatuses'), ...listAt(pod, 'status', 'initContainerStatuses')];
  const targets = containersOf(pod).flatMap((entry): LabelMap[] => {
    const name = textAt(entry.container, 'name');
    const status = statuses.find((candidate) => textAt(candidate, 'name') === name);
    const own = { ...containerLabels(entry), [`${PREFIX}pod_container_id`]: textAt(status, 'containerID') };
    const ports = listAt(entry.container, 'ports');
    // Without ports the target is the pod itself; whoever wants it adds a port by relabelling.
    if (ports.length === 0) return [{ __address__: address, ...own }];
    return ports.map((port) => ({
      __address__: hostPort(address, textAt(port, 'containerPort')),
      ...own,
      ...portLabels(port),
    }));
  });
  const labels = {
    ...podLabels(pod, lookups),
    [`${PREFIX}namespace`]: namespace,
    ...attachedNode(node, lookups),
    ...attachedNamespace(namespace, lookups),
  };
  return { source: sourceOf('pod', pod), targets, labels };
}

function serviceGroup(service: KubeObject, lookups: Lookups): TargetGroup {
  const [name, namespace, type] = [nameOf(service), namespaceOf(service), textAt(service, 'spec', 'type')];
  const targets = listAt(service, 'spec', 'ports').map((port): LabelMap => {
    const target: LabelMap = {
      __address__: hostPort(`${name}.${namespace}.svc`, textAt(port, 'port')),
      [`${PREFIX}service_port_name`]: textAt(port, 'name'),
      [`${PREFIX}service_port_number`]: textAt(port, 'port'),
      [`${PREFIX}service_port_protocol`]: textAt(port, 'protocol'),
      [`${PREFIX}service_type`]: type,
    };
    if (type === 'ExternalName') target[`${PREFIX}service_external_name`] = textAt(service, 'spec', 'externalName');
    else target[`${PREFIX}service_cluster_ip`] = textAt(service, 'spec', 'clusterIP');
    if (type === 'LoadBalancer') target[`${PREFIX}service_loadbalancer_ip`] = loadBalancerIps(service);
    return target;
  });
  const labels = { ...serviceLabels(service), ...attachedNamespace(namespace, lookups) };
  return { source: sourceOf('svc', service), targets, labels };
}

function loadBalancerIps(service: KubeObject): string {
  const granted = listAt(service, 'status', 'loadBalancer', 'ingress').map((entry) => textAt(entry, 'ip'));
  const some = granted.filter((ip) => ip !== '');
  return some.length > 0 ? some.join(',') : textAt(service, 'spec', 'loadBalancerIP');
}

/** Whether a host of a certificate, perhaps with a star in front, covers a host. */
function covers(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const [first, ...rest] = pattern.split('.');
  const [, ...hostRest] = host.split('.');
  return first === '*' && rest.length === hostRest.length && rest.every((part, i) => part === hostRest[i]);
}

function ingressGroup(ingress: KubeObject, lookups: Lookups): TargetGroup {
  const namespace = namespaceOf(ingress);
  const className = textAt(ingress, 'spec', 'ingressClassName');
  const secured = listAt(ingress, 'spec', 'tls').flatMap((entry) => textsAt(entry, 'hosts'));
  const targets = listAt(ingress, 'spec', 'rules').flatMap((rule): LabelMap[] => {
    const host = textAt(rule, 'host');
    const scheme = secured.some((pattern) => covers(pattern, host)) ? 'https' : 'http';
    const paths = listAt(rule, 'http', 'paths').map((entry) => textAt(entry, 'path') || '/');
    return (paths.length === 0 ? ['/'] : paths).map((path) => ({
      __address__: host,
      [`${PREFIX}ingress_scheme`]: scheme,
      [`${PREFIX}ingress_host`]: host,
      [`${PREFIX}ingress_path`]: path,
    }));
  });
  const labels = {
    [`${PREFIX}namespace`]: namespace,
    ...(className === '' ? {} : { [`${PREFIX}ingress_class_name`]: className }),
    ...objectLabels(ingress, 'ingress'),
    ...attachedNamespace(namespace, lookups),
  };
  return { source: sourceOf('ingress', ingress), targets, labels };
}
