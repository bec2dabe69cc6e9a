import { HTTP_FIELDS, readHttpClient } from '../../../base/http_client_config.ts';
import {
  durationMs,
  fail,
  flag,
  integer,
  isNull,
  list,
  record,
  text,
  texts,
  type YamlValue,
} from '../../../base/yaml_reader.ts';
import { type Keys, labelRecord, type Shape, textOf, urlParts } from '../../../base/yaml_shape.ts';
import { DISCOVERY_KINDS } from './discovery_kinds.ts';
import type { ConfigNotice, DiscoveryConfig, KubernetesDiscovery, KubernetesRole, StaticGroup } from './types.ts';

/** Reading of the kinds of discovery that are run. */
const RUN: Readonly<Record<string, (value: YamlValue) => DiscoveryConfig>> = {
  file: readFileDiscovery,
  http: readHttpDiscovery,
  dns: readDns,
  kubernetes: readKubernetes,
};

/** The keys that say where targets come from, for the sections that carry them. */
export const DISCOVERY_FIELDS: readonly string[] = [
  'static_configs',
  ...[...Object.keys(RUN), ...Object.keys(DISCOVERY_KINDS)].map((kind) => `${kind}_sd_configs`),
];

export interface Discoveries {
  readonly groups: readonly StaticGroup[];
  readonly discovery: readonly DiscoveryConfig[];
}

/** Reads all kinds of discovery of a section; what is not run is checked and noted. */
export function readDiscoveries(keys: Keys, notices: ConfigNotice[], job: string): Discoveries {
  const discovery: DiscoveryConfig[] = [];
  for (const [key, value] of keys) {
    if (!key.endsWith('_sd_configs')) continue;
    const kind = key.slice(0, -'_sd_configs'.length);
    const check: Shape | undefined = DISCOVERY_KINDS[kind];
    for (const entry of list(value)) {
      if (isNull(entry)) throw fail(entry, `empty or null section in ${key}`);
      const read = RUN[kind];
      if (read !== undefined) discovery.push(read(entry));
      else check?.(entry);
    }
    if (check !== undefined) {
      const message = `${key} is not run by Trilith: job ${JSON.stringify(job)} scrapes only what its other discoveries find (line ${value.line})`;
      notices.push({ line: value.line, message });
    }
  }
  return { groups: list(keys.get('static_configs')).map(readGroup), discovery };
}

function readGroup(entry: YamlValue): StaticGroup {
  if (isNull(entry)) throw fail(entry, 'empty or null section in static_configs');
  const keys = record(entry, ['targets', 'labels']);
  return { targets: list(keys.get('targets')).map(text), labels: labelRecord(keys.get('labels')) };
}

/** Without relabelling a target must be an address, not a URL (config.checkStaticTargets). */
export function refuseUrls(groups: readonly StaticGroup[], at: YamlValue): void {
  for (const { targets } of groups)
    for (const target of targets)
      if (target.includes('/')) throw fail(at, `${JSON.stringify(target)} is not a valid hostname`);
}

const FILE_NAME = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/;

function readFileDiscovery(value: YamlValue): DiscoveryConfig {
  const keys = record(value, ['files', 'refresh_interval']);
  const files = texts(keys.get('files'));
  if (files.length === 0) throw fail(value, 'file service discovery config must contain at least one path name');
  const wrong = files.find((file) => !FILE_NAME.test(file));
  if (wrong !== undefined) throw fail(value, `path name ${JSON.stringify(wrong)} is not valid for file discovery`);
  return { kind: 'file', files, refreshMs: durationMs(keys.get('refresh_interval'), 300_000) || 300_000 };
}

function clientKeys(value: YamlValue, own: readonly string[]): Map<string, YamlValue> {
  const keys = record(value, [...Object.keys(HTTP_FIELDS), ...own]);
  for (const [key, entry] of keys) HTTP_FIELDS[key]?.(entry);
  return keys;
}

function readHttpDiscovery(value: YamlValue): DiscoveryConfig {
  const keys = clientKeys(value, ['refresh_interval', 'url']);
  const url = textOf(keys, 'url');
  if (url === '') throw fail(value, 'URL is missing');
  const parts = urlParts(url);
  if (parts === undefined) throw fail(value, `${JSON.stringify(url)} is not a URL`);
  if (parts.scheme !== 'http' && parts.scheme !== 'https') throw fail(value, "URL scheme must be 'http' or 'https'");
  if (parts.host === '') throw fail(value, 'host is missing in URL');
  const refreshMs = durationMs(keys.get('refresh_interval'), 60_000) || 60_000;
  return { kind: 'http', url, refreshMs, ...readHttpClient(keys, value) };
}

const DNS_TYPES = ['SRV', 'A', 'AAAA', 'MX', 'NS'] as const;

function readDns(value: YamlValue): DiscoveryConfig {
  const keys = record(value, ['names', 'refresh_interval', 'type', 'port']);
  const names = texts(keys.get('names'));
  if (names.length === 0) throw fail(value, 'DNS-SD config must contain at least one SRV record name');
  const written = textOf(keys, 'type') || 'SRV';
  const type = DNS_TYPES.find((known) => known === written.toUpperCase());
  if (type === undefined) throw fail(value, `invalid DNS-SD records type ${written}`);
  const port = integer(keys.get('port'), 0);
  if (type !== 'SRV' && port === 0)
    throw fail(value, 'a port is required in DNS-SD configs for all record types except SRV');
  return { kind: 'dns', names, type, port, refreshMs: durationMs(keys.get('refresh_interval'), 30_000) || 30_000 };
}

const ROLES = ['node', 'pod', 'service', 'endpoints', 'endpointslice', 'ingress'] as const;
const SELECTORS: Readonly<Record<KubernetesRole, readonly KubernetesRole[]>> = {
  pod: ['pod', 'node'],
  service: ['service'],
  endpointslice: ['pod', 'service', 'endpointslice'],
  endpoints: ['pod', 'service', 'endpoints'],
  node: ['node'],
  ingress: ['ingress'],
};

function readRole(value: YamlValue): KubernetesRole {
  const written = text(value);
  const role = ROLES.find((known) => known === written);
  if (role === undefined) throw fail(value, `unknown Kubernetes SD role ${JSON.stringify(written)}`);
  return role;
}

function readKubernetes(value: YamlValue): KubernetesDiscovery {
  const own = ['api_server', 'role', 'kubeconfig_file', 'namespaces', 'selectors', 'attach_metadata'];
  const keys = clientKeys(value, own);
  const roleValue = keys.get('role');
  if (roleValue === undefined)
    throw fail(value, 'role missing (one of: pod, service, endpoints, endpointslice, node, ingress)');
  const role = readRole(roleValue);
  const apiServer = textOf(keys, 'api_server');
  const kubeconfigFile = textOf(keys, 'kubeconfig_file');
  const namespaces = keys.get('namespaces');
  const inNamespaces = namespaces === undefined ? new Map() : record(namespaces, ['own_namespace', 'names']);
  const ownNamespace = flag(inNamespaces.get('own_namespace'), false);
  const client = readHttpClient(keys, value);
  // Defaults written out are no custom configuration, as upstream compares the result.
  const custom = [...keys].some(
    ([key, entry]) => !own.includes(key) && !(key in DEFAULT_TRUE && flag(entry, true)) && !isNull(entry),
  );
  if (apiServer !== '' && kubeconfigFile !== '')
    throw fail(value, "cannot use 'kubeconfig_file' and 'api_server' simultaneously");
  if (kubeconfigFile !== '' && custom)
    throw fail(value, "cannot use a custom HTTP client configuration together with 'kubeconfig_file'");
  if (!keys.has('api_server') && custom)
    throw fail(value, "to use custom HTTP client configuration please provide the 'api_server' URL explicitly");
  for (const [key, given] of [
    ['api_server', apiServer],
    ['kubeconfig_file', kubeconfigFile],
  ] as const)
    if (given !== '' && ownNamespace)
      throw fail(value, `cannot use '${key}' and 'namespaces.own_namespace' simultaneously`);
  const attach = keys.get('attach_metadata');
  const attached =
    attach === undefined ? new Map() : record(attach, ['node', 'namespace', 'deployment', 'job', 'cronjob']);
  for (const entry of attached.values()) flag(entry, false);
  return {
    kind: 'kubernetes',
    role,
    apiServer,
    kubeconfigFile,
    namespaces: texts(inNamespaces.get('names')),
    ownNamespace,
    selectors: readSelectors(keys.get('selectors'), role),
    attachNode: flag(attached.get('node'), false),
    attachNamespace: flag(attached.get('namespace'), false),
    attachDeployment: flag(attached.get('deployment'), false),
    attachJob: flag(attached.get('job'), false),
    attachCronJob: flag(attached.get('cronjob'), false),
    ...client,
  };
}

const DEFAULT_TRUE: Readonly<Record<string, true>> = { follow_redirects: true, enable_http2: true };

function readSelectors(value: YamlValue | undefined, role: KubernetesRole): KubernetesDiscovery['selectors'] {
  const seen = new Set<string>();
  return list(value).map((entry) => {
    const keys = record(entry, ['role', 'label', 'field']);
    const roleValue = keys.get('role');
    const of = roleValue === undefined ? undefined : readRole(roleValue);
    if (seen.has(of ?? '')) throw fail(entry, `duplicated selector role: ${of ?? ''}`);
    seen.add(of ?? '');
    if (of === undefined || !SELECTORS[role].includes(of))
      throw fail(entry, `${role} role supports only ${SELECTORS[role].join(', ')} selectors`);
    const [label, field] = [textOf(keys, 'label'), textOf(keys, 'field')];
    for (const term of field === '' ? [] : field.split(','))
      if (!/^[^=!]+(?:==|!=|=)[^=!]*$/.test(term.trim()))
        throw fail(entry, `invalid selector: '${field}'; can't understand '${term.trim()}'`);
    if (!LABEL_SELECTOR.test(label)) throw fail(entry, `unable to parse requirement: ${JSON.stringify(label)}`);
    return { role: of, label, field };
  });
}

/** Kubernetes' label selectors: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
const LABEL_SELECTOR =
  /^\s*(?:(?:!?\s*[\w./-]+|[\w./-]+\s*(?:==|!=|=|<|>)\s*[\w.-]*|[\w./-]+\s+(?:in|notin)\s*\([\w\s,.-]*\))\s*(?:,\s*(?=\S)|$))*$/;
