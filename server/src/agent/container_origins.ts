import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../base/files.ts';
import { type ContainerName, containerName, dockerContainerId } from './container_path.ts';
import { encodeResource } from './log_batch.ts';
import type { FileOrigin } from './log_source.ts';
import { type Attributes, attributesOfName, attributesOfPod, isExcluded, type Pod } from './pod_attributes.ts';
import type { Pods } from './pods.ts';

export interface ContainerOriginsOptions {
  /** Undefined outside Kubernetes. */
  readonly pods: Pods | undefined;
  /** Attributes of every record of this node. */
  readonly attributes: Iterable<readonly [string, string]>;
  readonly now: () => number;
}

/** How long lines of a pod the API server does not know yet are left in their file, ms. */
const PATIENCE_MS = 10_000;
const MAX_KNOWN = 20_000;
const MAX_DOCKER_CONFIG_BYTES = 1024 * 1024;

interface Known {
  readonly firstAskedMs: number;
  pod: Pod | undefined;
  origin: FileOrigin | undefined;
}

const everything = (): boolean => true;

/** Says whose log a container's file is; made once for each state of its pod. */
export function containerOrigins(
  options: ContainerOriginsOptions,
): (source: string, path: string) => FileOrigin | undefined {
  const known = new Map<string, Known>();
  const originFrom = (source: string, attributes: Attributes, wants: FileOrigin['wants']): FileOrigin => ({
    resource: encodeResource([...options.attributes, ...attributes, ['log.file.path', source]]),
    wants,
  });

  const ofPod = (entry: Known, source: string, name: ContainerName): FileOrigin | undefined => {
    const { pods, now } = options;
    const pod = pods?.find(name.namespace, name.pod);
    if (pod !== undefined && pod !== entry.pod) {
      entry.pod = pod;
      const wants = (stream: string): boolean => !isExcluded(pod.annotations, name.container, stream);
      entry.origin = originFrom(source, attributesOfPod(name, pod), wants);
    }
    const waiting = pods !== undefined && now() - entry.firstAskedMs < PATIENCE_MS;
    if (entry.origin === undefined && !waiting) entry.origin = originFrom(source, attributesOfName(name), everything);
    return entry.origin;
  };

  return (source, path) => {
    let entry = known.get(path);
    if (entry === undefined) {
      if (known.size >= MAX_KNOWN) known.clear();
      entry = { firstAskedMs: options.now(), pod: undefined, origin: undefined };
      known.set(path, entry);
    }
    const name = containerName(source, path);
    if (name !== undefined) return ofPod(entry, source, name);
    entry.origin ??= originFrom(source, dockerAttributes(path), everything);
    return entry.origin;
  };
}

/** What Docker keeps beside the log file of a container: its name, image and labels. */
function dockerAttributes(path: string): Attributes {
  const id = dockerContainerId(path);
  if (id === undefined) return new Map();
  const attributes: Attributes = new Map([
    ['service.name', id.slice(0, 12)],
    ['container.id', id],
  ]);
  const { Name: name, Config: config } = readDockerConfig(join(dirname(path), 'config.v2.json'));
  if (typeof name === 'string') {
    const plain = name.replace(/^\//, '');
    attributes.set('container.name', plain);
    attributes.set('service.name', plain);
  }
  if (typeof config !== 'object' || config === null) return attributes;
  const { Image: image, Labels: labels } = config as { Image?: unknown; Labels?: unknown };
  if (typeof image === 'string') attributes.set('container.image.name', image);
  if (typeof labels === 'object' && labels !== null && 'com.docker.compose.service' in labels) {
    const service = labels['com.docker.compose.service'];
    if (typeof service === 'string') attributes.set('service.name', service);
  }
  return attributes;
}

function readDockerConfig(path: string): { readonly Name?: unknown; readonly Config?: unknown } {
  try {
    const text = readFileSync(path, 'utf8');
    const parsed: unknown = text.length > MAX_DOCKER_CONFIG_BYTES ? {} : JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (error) {
    // Without it the container is known by its id.
    if (error instanceof SyntaxError || errorCode(error) !== '') return {};
    throw error;
  }
}
