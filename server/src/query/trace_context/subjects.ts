import type { Matcher } from '../../model/labels.ts';
import type { StoredSpan } from '../../store/index.ts';
import { attributeOf, firstAttribute } from './span_attributes.ts';

/** What a span ran on or spoke to, and the labels that its metrics may carry. */
export interface Subject {
  readonly kind: 'service' | 'pod' | 'process' | 'host' | 'database' | 'queue';
  readonly name: string;
  /** The attributes that say so; a span that has them all is of this subject. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** Label matchers to look for metrics with, the surest first. */
  readonly candidates: readonly (readonly Matcher[])[];
}

/** Subjects told at most; those of failed spans and then of the longest come first. */
const MOST_SUBJECTS = 24;

/**
 * Pods, processes, hosts, databases and queues that spans name by OpenTelemetry's semantic conventions (today's names
 * and those before them), each with the labels by which Kubernetes' exporters, OTLP metrics and the exporters of
 * databases and queues name the same thing.
 */
export function subjectsOf(spans: readonly StoredSpan[]): readonly Subject[] {
  const found = new Map<string, Subject>();
  const weight = (span: StoredSpan): number => (span.status === 'Error' ? 1e18 : 0) + Number(span.durationNs);
  // The same few resources are behind many spans.
  const looked = new Set<string>();
  for (const span of spans.toSorted((a, b) => weight(b) - weight(a))) {
    const key = `${span.kind}\u0000${span.resource.pairs.join('\u0000')}\u0001${peerKey(span)}`;
    if (looked.has(key)) continue;
    looked.add(key);
    for (const subject of ofSpan(span)) {
      const id = `${subject.kind}\u0000${subject.attributes.flat().join('\u0000')}`;
      if (!found.has(id)) found.set(id, subject);
    }
    if (found.size >= MOST_SUBJECTS) break;
  }
  return [...found.values()].slice(0, MOST_SUBJECTS);
}

const DATABASE_NAMES = ['db.namespace', 'db.name', 'db.instance'];
const DATABASE_SYSTEMS = ['db.system.name', 'db.system'];
const QUEUE_NAMES = ['messaging.destination.name', 'messaging.destination'];
const ADDRESSES = ['server.address', 'net.peer.name', 'peer.hostname', 'peer.service'];

function peerKey(span: StoredSpan): string {
  return [DATABASE_SYSTEMS, DATABASE_NAMES, QUEUE_NAMES, ADDRESSES]
    .map((names) => attributeOf(span, ...names))
    .join('\u0000');
}

function ofSpan(span: StoredSpan): Subject[] {
  return [database(span), queue(span), pod(span), process(span), host(span), service(span)].filter(
    (subject) => subject !== undefined,
  );
}

function service(span: StoredSpan): Subject | undefined {
  const name = span.service;
  if (name === '') return undefined;
  const namespace = attributeOf(span, 'service.namespace');
  return {
    kind: 'service',
    name,
    attributes: [['service.name', name]],
    candidates: [
      [is('service', name)],
      [is('service_name', name)],
      // OTLP's rule for Prometheus: job is namespace/name.
      ...(namespace === '' ? [] : [[is('job', `${namespace}/${name}`)]]),
      [is('job', name)],
      [is('app', name)],
    ],
  };
}

function pod(span: StoredSpan): Subject | undefined {
  const named = firstAttribute(span, ['k8s.pod.name']);
  if (named === undefined) return undefined;
  const [, name] = named;
  const namespace = firstAttribute(span, ['k8s.namespace.name']);
  // Pods of a StatefulSet have the same names in every namespace.
  const within = namespace === undefined ? [] : [[is('pod', name), is('namespace', namespace[1])]];
  return {
    kind: 'pod',
    name,
    attributes: [named, ...(namespace === undefined ? [] : [namespace])],
    candidates: [
      ...within,
      ...['pod', 'k8s_pod_name', 'pod_name', 'kubernetes_pod_name'].map((one) => [is(one, name)]),
    ],
  };
}

function process(span: StoredSpan): Subject | undefined {
  const named = firstAttribute(span, ['service.instance.id']);
  if (named === undefined) return undefined;
  const [, name] = named;
  return {
    kind: 'process',
    name,
    attributes: [named],
    candidates: [[is('instance', name)], [is('service_instance_id', name)]],
  };
}

function host(span: StoredSpan): Subject | undefined {
  const named = firstAttribute(span, ['k8s.node.name', 'host.name']);
  if (named === undefined) return undefined;
  const [, name] = named;
  return {
    kind: 'host',
    name,
    attributes: [named],
    candidates: [
      [atAddress(name)],
      ...['node', 'host_name', 'host', 'nodename', 'hostname'].map((label) => [is(label, name)]),
    ],
  };
}

function database(span: StoredSpan): Subject | undefined {
  const system = firstAttribute(span, DATABASE_SYSTEMS);
  if (system === undefined) return undefined;
  const name = firstAttribute(span, DATABASE_NAMES);
  const address = firstAttribute(span, ADDRESSES);
  const attributes = [system, name, address].filter((one) => one !== undefined);
  return {
    kind: 'database',
    name: attributes.map(([, value]) => value).join(' '),
    attributes,
    candidates: [
      ...(name === undefined
        ? []
        : ['datname', 'database', 'db_namespace', 'db', 'schema'].map((label) => [is(label, name[1])])),
      ...(address === undefined ? [] : [[atAddress(address[1])], [is('server_address', address[1])]]),
    ],
  };
}

function queue(span: StoredSpan): Subject | undefined {
  const name = firstAttribute(span, QUEUE_NAMES);
  if (name === undefined) return undefined;
  const system = firstAttribute(span, ['messaging.system']);
  const group = attributeOf(span, 'messaging.consumer.group.name', 'messaging.kafka.consumer.group');
  const attributes = [system, name].filter((one) => one !== undefined);
  return {
    kind: 'queue',
    name: attributes.map(([, value]) => value).join(' '),
    attributes,
    candidates: [
      ...(group === '' ? [] : [[is('topic', name[1]), is('group', group)]]),
      ...['topic', 'queue', 'destination', 'messaging_destination_name'].map((label) => [is(label, name[1])]),
    ],
  };
}

function is(name: string, value: string): Matcher {
  return { name, operator: '=', value };
}

/** An `instance` of this address, whatever its port. */
function atAddress(address: string): Matcher {
  return { name: 'instance', operator: '=~', value: `${address.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(:\\d+)?` };
}

/** Matchers as PromQL writes them between braces. */
export function matcherText(matchers: readonly Matcher[]): string {
  return matchers.map(({ name, operator, value }) => `${name}${operator}${JSON.stringify(value)}`).join(',');
}
