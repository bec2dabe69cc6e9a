import { basename, dirname } from 'node:path';

/** What the path of a container's log file says. */
export interface ContainerName {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Empty where the path does not tell. */
  readonly podUid: string;
  readonly containerId: string;
  /** How often the container was started before; empty where the path does not tell. */
  readonly restart: string;
}

/** kubelet: /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log (pkg/kubelet/kuberuntime, legacyLogSymlink). */
const LINK = /^([a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)_([^_]+)_(.+)-([0-9a-f]{64})\.log$/;
/** kubelet: /var/log/pods/NAMESPACE_POD_UID/CONTAINER/RESTART.log (buildContainerLogsPath). */
const POD_DIRECTORY = /^([^_]+)_([^_]+)_([^_]+)$/;

/**
 * Pod, namespace and container out of the link in /var/log/containers and the file in /var/log/pods it leads to, either
 * of which may be missing. Undefined when neither is a container of Kubernetes.
 */
export function containerName(source: string, path: string): ContainerName | undefined {
  const fromFile = podFile(path) ?? podFile(source);
  const link = LINK.exec(basename(source));
  if (link === null) return fromFile;
  const [, pod = '', namespace = '', container = '', containerId = ''] = link;
  const { podUid = '', restart = '' } = fromFile ?? {};
  return { namespace, pod, container, podUid, containerId, restart };
}

function podFile(path: string): ContainerName | undefined {
  const containerDirectory = dirname(path);
  const match = POD_DIRECTORY.exec(basename(dirname(containerDirectory)));
  const restart = /^(\d+)\.log/.exec(basename(path))?.[1];
  if (match === null || restart === undefined) return undefined;
  const [, namespace = '', pod = '', podUid = ''] = match;
  return { namespace, pod, container: basename(containerDirectory), podUid, containerId: '', restart };
}

/** The id in the path of a file of Docker's json-file driver: …/containers/ID/ID-json.log. */
export function dockerContainerId(path: string): string | undefined {
  return /^([0-9a-f]{64})-json\.log/.exec(basename(path))?.[1];
}
