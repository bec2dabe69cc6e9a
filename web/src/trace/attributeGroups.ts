/** Attributes of one subject of OpenTelemetry's semantic conventions; the name is empty for what belongs to none. */
export interface AttributeGroup {
  readonly name: string;
  readonly pairs: readonly (readonly [name: string, value: string])[];
}

/** First parts of names that make a group, and the group's name. */
const subjects: Readonly<Record<string, string>> = {
  http: 'HTTP',
  url: 'HTTP',
  user_agent: 'HTTP',
  db: 'DB',
  messaging: 'Messaging',
  rpc: 'RPC',
  net: 'Network',
  network: 'Network',
  server: 'Network',
  client: 'Network',
  peer: 'Network',
  k8s: 'Kubernetes',
  container: 'Kubernetes',
  code: 'Code',
  thread: 'Code',
  exception: 'Exception',
  error: 'Exception',
  service: 'Service',
  telemetry: 'Service',
  deployment: 'Service',
  host: 'Host',
  os: 'Host',
  process: 'Process',
  cloud: 'Cloud',
};

/** The attributes whose `name=value` holds a text, in groups: the known ones by name, then the rest. */
export function groupedAttributes(
  attributes: Readonly<Record<string, string>>,
  search: string,
): readonly AttributeGroup[] {
  const wanted = search.trim().toLowerCase();
  const groups = new Map<string, [string, string][]>();
  for (const [name, value] of Object.entries(attributes).sort(([a], [b]) => a.localeCompare(b))) {
    if (!`${name}=${value}`.toLowerCase().includes(wanted)) continue;
    const first = name.split('.', 1)[0] ?? '';
    const group = Object.hasOwn(subjects, first) ? (subjects[first] ?? '') : '';
    const own = groups.get(group);
    if (own === undefined) groups.set(group, [[name, value]]);
    else own.push([name, value]);
  }
  return [...groups]
    .map(([name, pairs]) => ({ name, pairs }))
    .sort((a, b) => Number(a.name === '') - Number(b.name === '') || a.name.localeCompare(b.name));
}
