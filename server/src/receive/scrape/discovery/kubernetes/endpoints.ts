import { labelName, type TargetGroup } from '../target_group.ts';
import { at, type KubeObject, keyOf, listAt, mapAt, nameOf, namespaceOf, textAt, textsAt } from './fields.ts';
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
import { hostPort, matchingPort, uncoveredPorts } from './pod_ports.ts';

/** The roles `endpoints` and `endpointslice`: addresses of a service, with the labels of the pods behind them. */
class PodsSeen {
  readonly #lookups: Lookups;
  readonly #seen = new Map<string, { readonly pod: KubeObject; readonly ports: Set<string> }>();

  constructor(lookups: Lookups) {
    this.#lookups = lookups;
  }

  /** The target with the labels of its pod, when there is one behind it. */
  attach(target: LabelMap, reference: unknown, port: string): LabelMap {
    if (textAt(reference, 'kind') !== 'Pod') return target;
    const key = keyOf(textAt(reference, 'namespace'), textAt(reference, 'name'));
    const pod = this.#lookups.pods.get(key);
    if (pod === undefined) return target;
    const entry = this.#seen.get(key) ?? { pod, ports: new Set<string>() };
    this.#seen.set(key, entry);
    if (port !== '') entry.ports.add(port);
    return { ...target, ...podLabels(pod, this.#lookups), ...matchingPort(pod, port) };
  }

  /** Ports of the pods that no endpoint named. */
  uncovered(): LabelMap[] {
    return [...this.#seen.values()].flatMap(({ pod, ports }) =>
      uncoveredPorts(pod, ports, podLabels(pod, this.#lookups)),
    );
  }
}

export function endpointsGroup(endpoints: KubeObject, lookups: Lookups): TargetGroup {
  const [namespace, name] = [namespaceOf(endpoints), nameOf(endpoints)];
  const service = lookups.services.get(keyOf(namespace, name));
  const seen = new PodsSeen(lookups);
  const targets: LabelMap[] = [];
  const add = (address: unknown, port: unknown, ready: string): void => {
    const reference = at(address, 'targetRef');
    const target: LabelMap = {
      __address__: hostPort(textAt(address, 'ip'), textAt(port, 'port')),
      [`${PREFIX}endpoint_port_name`]: textAt(port, 'name'),
      [`${PREFIX}endpoint_port_protocol`]: textAt(port, 'protocol'),
      [`${PREFIX}endpoint_ready`]: ready,
    };
    if (reference !== undefined) {
      target[`${PREFIX}endpoint_address_target_kind`] = textAt(reference, 'kind');
      target[`${PREFIX}endpoint_address_target_name`] = textAt(reference, 'name');
    }
    const node = textAt(address, 'nodeName');
    if (node !== '') target[`${PREFIX}endpoint_node_name`] = node;
    if (textAt(address, 'hostname') !== '') target[`${PREFIX}endpoint_hostname`] = textAt(address, 'hostname');
    const onNode = node !== '' ? node : textAt(reference, 'kind') === 'Node' ? textAt(reference, 'name') : '';
    Object.assign(target, attachedNode(onNode, lookups));
    targets.push(seen.attach(target, reference, textAt(port, 'port')));
  };
  for (const subset of listAt(endpoints, 'subsets')) {
    for (const port of listAt(subset, 'ports')) {
      for (const address of listAt(subset, 'addresses')) add(address, port, 'true');
      for (const address of listAt(subset, 'notReadyAddresses')) add(address, port, 'false');
    }
  }
  return {
    source: `endpoints/${keyOf(namespace, name)}`,
    targets: [...targets, ...seen.uncovered()],
    labels: {
      [`${PREFIX}namespace`]: namespace,
      ...(service === undefined ? {} : serviceLabels(service)),
      ...objectLabels(endpoints, 'endpoints'),
      ...attachedNamespace(namespace, lookups),
    },
  };
}

const SLICE = `${PREFIX}endpointslice_`;

/** Labels that are there only when the object says something. */
function some(pairs: readonly (readonly [name: string, value: unknown])[]): LabelMap {
  const labels: LabelMap = {};
  for (const [name, value] of pairs)
    if (value !== undefined && value !== null) labels[name] = textAt({ value }, 'value');
  return labels;
}

function sliceTarget(address: string, endpoint: unknown, port: unknown): LabelMap {
  const number = textAt(port, 'port');
  const target: LabelMap = {
    __address__: number === '' ? address : hostPort(address, number),
    ...some([
      [`${SLICE}port_name`, at(port, 'name')],
      [`${SLICE}port_protocol`, at(port, 'protocol')],
      [`${SLICE}port`, at(port, 'port')],
      [`${SLICE}port_app_protocol`, at(port, 'appProtocol')],
      [`${SLICE}endpoint_conditions_ready`, at(endpoint, 'conditions', 'ready')],
      [`${SLICE}endpoint_conditions_serving`, at(endpoint, 'conditions', 'serving')],
      [`${SLICE}endpoint_conditions_terminating`, at(endpoint, 'conditions', 'terminating')],
      [`${SLICE}endpoint_hostname`, at(endpoint, 'hostname')],
      [`${SLICE}endpoint_node_name`, at(endpoint, 'nodeName')],
      [`${SLICE}endpoint_zone`, at(endpoint, 'zone')],
    ]),
  };
  const reference = at(endpoint, 'targetRef');
  if (reference !== undefined) {
    target[`${SLICE}address_target_kind`] = textAt(reference, 'kind');
    target[`${SLICE}address_target_name`] = textAt(reference, 'name');
  }
  for (const [name, value] of mapAt(endpoint, 'deprecatedTopology')) {
    target[`${SLICE}endpoint_topology_${labelName(name)}`] = value;
    target[`${SLICE}endpoint_topology_present_${labelName(name)}`] = 'true';
  }
  return target;
}

/** A service of one IP family has slices of the other for its own use; they are no targets (upstream likewise). */
function otherFamily(service: unknown, addressType: string): boolean {
  const primary = textsAt(service, 'spec', 'ipFamilies')[0];
  return primary !== undefined && (addressType === 'IPv4' || addressType === 'IPv6') && primary !== addressType;
}

export function endpointSliceGroup(slice: KubeObject, lookups: Lookups): TargetGroup {
  const namespace = namespaceOf(slice);
  const [, serviceName = ''] =
    mapAt(slice, 'metadata', 'labels').find(([name]) => name === 'kubernetes.io/service-name') ?? [];
  const service = lookups.services.get(keyOf(namespace, serviceName));
  const addressType = textAt(slice, 'addressType');
  const seen = new PodsSeen(lookups);
  const targets: LabelMap[] = [];
  if (!otherFamily(service, addressType)) {
    for (const endpoint of listAt(slice, 'endpoints')) {
      const reference = at(endpoint, 'targetRef');
      const ofNode = textAt(reference, 'kind') === 'Node' ? textAt(reference, 'name') : textAt(endpoint, 'nodeName');
      for (const port of listAt(slice, 'ports')) {
        for (const address of textsAt(endpoint, 'addresses')) {
          const target = { ...sliceTarget(address, endpoint, port), ...attachedNode(ofNode, lookups) };
          targets.push(seen.attach(target, reference, textAt(port, 'port')));
        }
      }
    }
  }
  return {
    source: `endpointslice/${keyOf(namespace, nameOf(slice))}`,
    targets: [...targets, ...seen.uncovered()],
    labels: {
      [`${PREFIX}namespace`]: namespace,
      [`${SLICE}address_type`]: addressType,
      ...objectLabels(slice, 'endpointslice'),
      ...(service === undefined ? {} : serviceLabels(service)),
      ...attachedNamespace(namespace, lookups),
    },
  };
}
