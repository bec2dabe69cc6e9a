import type { LogRow } from './rows.ts';

export type ContextKind = 'stream' | 'pod' | 'trace';

/** Labels that name a place; the others (level, ids) name an event. */
const places = [
  'service',
  'service_name',
  'namespace',
  'pod',
  'container',
  'app',
  'job',
  'host',
  'instance',
  'filename',
  'stream',
];
const podNames = ['pod', 'k8s_pod_name', 'pod_name', 'host', 'host_name', 'hostname', 'instance'];

function selectorOf(labels: Readonly<Record<string, string>>, names: readonly string[]): string {
  return `{${names.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(', ')}}`;
}

/** A selector for the stream a line came from: the labels that name a place, not those that name an event. */
export function streamSelector(labels: Readonly<Record<string, string>>): string {
  const own = places.filter((name) => labels[name] !== undefined && labels[name] !== '');
  const names = own.includes('service') ? own.filter((name) => name !== 'service_name') : own;
  return selectorOf(labels, names);
}

/** The queries whose lines surround a line: always those of its stream, of its pod (or host) and its trace where it names them. */
export function contextSelectors(
  row: Pick<LogRow, 'labels' | 'service' | 'traceId'>,
): ReadonlyMap<ContextKind, string> {
  const stream = streamSelector(row.labels);
  const selectors = new Map<ContextKind, string>([
    ['stream', stream === '{}' ? `{service=${JSON.stringify(row.service)}}` : stream],
  ]);
  const pod = podNames.find((name) => row.labels[name] !== undefined && row.labels[name] !== '');
  if (pod !== undefined) selectors.set('pod', selectorOf(row.labels, [pod]));
  if (row.traceId !== null) selectors.set('trace', `{service=~".+"} | trace_id="${row.traceId}"`);
  return selectors;
}
