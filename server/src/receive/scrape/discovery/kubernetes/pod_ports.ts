import { isIPv6 } from 'node:net';
import { listAt, textAt } from './fields.ts';
import { type LabelMap, PREFIX } from './object_labels.ts';

/** The containers of a pod and their ports as labels. */
interface Container {
  readonly container: unknown;
  readonly isInit: boolean;
}

/** Containers, then init containers. */
export function containersOf(pod: unknown): Container[] {
  const plain = listAt(pod, 'spec', 'containers').map((container) => ({ container, isInit: false }));
  return [...plain, ...listAt(pod, 'spec', 'initContainers').map((container) => ({ container, isInit: true }))];
}

export function containerLabels({ container, isInit }: Container): LabelMap {
  return {
    [`${PREFIX}pod_container_name`]: textAt(container, 'name'),
    [`${PREFIX}pod_container_image`]: textAt(container, 'image'),
    [`${PREFIX}pod_container_init`]: String(isInit),
  };
}

export function portLabels(port: unknown): LabelMap {
  return {
    [`${PREFIX}pod_container_port_name`]: textAt(port, 'name'),
    [`${PREFIX}pod_container_port_number`]: textAt(port, 'containerPort'),
    [`${PREFIX}pod_container_port_protocol`]: textAt(port, 'protocol'),
  };
}

export const hostPort = (host: string, port: string): string => `${isIPv6(host) ? `[${host}]` : host}:${port}`;

/** The labels of the container port with that number; none when no container has it. */
export function matchingPort(pod: unknown, number: string): LabelMap {
  const labels: LabelMap = {};
  for (const entry of containersOf(pod)) {
    const port = listAt(entry.container, 'ports').find((candidate) => textAt(candidate, 'containerPort') === number);
    if (number !== '' && port !== undefined) Object.assign(labels, containerLabels(entry), portLabels(port));
  }
  return labels;
}

/** Targets for the ports of a pod that no endpoint covered. */
export function uncoveredPorts(pod: unknown, covered: ReadonlySet<string>, podOwn: LabelMap): LabelMap[] {
  const address = textAt(pod, 'status', 'podIP');
  if (address === '') return [];
  return containersOf(pod).flatMap((entry) =>
    listAt(entry.container, 'ports')
      .filter((port) => !covered.has(textAt(port, 'containerPort')))
      .map((port) => ({
        __address__: hostPort(address, textAt(port, 'containerPort')),
        ...containerLabels(entry),
        ...portLabels(port),
        ...podOwn,
      })),
  );
}
