import { HTTP_FIELDS, RESERVED_HEADERS, readHttpClient, tls } from '../../../base/http_client_config.ts';
import {
  decimal,
  durationMs,
  entries,
  fail,
  flag,
  integer,
  isNull,
  list,
  text,
  texts,
  type YamlValue,
} from '../../../base/yaml_reader.ts';
import {
  boolean,
  duration,
  type Fields,
  float,
  int,
  type Keys,
  labelRecord,
  listOfSome,
  type NameScheme,
  object,
  oneOf,
  type Shape,
  size,
  string,
  stringMap,
  strings,
  textOf,
  unsigned,
  urlParts,
} from '../../../base/yaml_shape.ts';
import type { RelabelRule } from '../relabel.ts';
import { DISCOVERY_FIELDS, readDiscoveries, refuseUrls } from './discovery_configs.ts';
import { relabelRules } from './relabel_rules.ts';
import type { AlertmanagerTargets, ConfigNotice } from './types.ts';

/** The sections of `prometheus.yml` that are not about scraping: held to upstream's rules (config/config.go). */
const any: Shape = () => {};

const SIGV4 = object(
  {
    region: string,
    access_key: string,
    secret_key: string,
    profile: string,
    role_arn: string,
    external_id: string,
    use_fips_sts_endpoint: boolean,
    service_name: string,
  },
  (keys, at) => {
    if ((textOf(keys, 'access_key') === '') !== (textOf(keys, 'secret_key') === ''))
      throw fail(
        at,
        'must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config',
      );
    if (textOf(keys, 'external_id') !== '' && textOf(keys, 'role_arn') === '')
      throw fail(at, 'external_id can only be used with role_arn');
  },
);

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** An identity of Azure: keys that must be there, and a client id that must be a UUID. */
function identity(what: string, optional: Fields, required: readonly string[]): Shape {
  const fields: Record<string, Shape> = { ...optional, client_id: string, tenant_id: string };
  for (const key of required) fields[key] = string;
  return object(fields, (keys, at) => {
    for (const key of required)
      if (textOf(keys, key) === '') throw fail(at, `must provide an ${what} ${key} in the Azure AD config`);
    const id = textOf(keys, 'client_id');
    if (id !== '' && !UUID.test(id)) throw fail(at, `the provided ${what} client_id is invalid`);
  });
}

const AZURE_WAYS: Fields = {
  managed_identity: identity('Azure Managed Identity', {}, []),
  workload_identity: identity('Azure Workload Identity', { token_file_path: string }, ['client_id', 'tenant_id']),
  oauth: identity('Azure OAuth', {}, ['client_id', 'client_secret', 'tenant_id']),
  sdk: object({ tenant_id: string }),
  certificate: identity(
    'Azure Certificate',
    { certificate_key_path: string, certificate_password: string, send_certificate_chain: boolean },
    ['client_id', 'tenant_id', 'certificate_path'],
  ),
};
const AZURE_CLOUDS = ['', 'AzurePublic', 'AzureChina', 'AzureGovernment'];
const AZURE_AD = object(
  { ...AZURE_WAYS, cloud: oneOf(AZURE_CLOUDS, () => 'must provide a cloud in the Azure AD config'), scope: string },
  (keys, at) => {
    const ways = Object.keys(AZURE_WAYS).filter((key) => keys.has(key));
    const names = 'Azure Managed Identity, Azure Workload Identity, Azure OAuth, Azure Certificate or Azure SDK';
    if (ways.length === 0) throw fail(at, `must provide an ${names} in the Azure AD config`);
    if (ways.length > 1) throw fail(at, 'cannot provide multiple authentication methods in the Azure AD config');
    const scope = textOf(keys, 'scope');
    if (scope !== '' && !/^[\w\s:/.-]+$/.test(scope)) throw fail(at, 'the provided scope contains invalid characters');
  },
);

function refuseReserved(value: YamlValue | undefined, authorization: string): void {
  if (value === undefined) return;
  for (const [name, entry] of entries(value)) {
    if (name.toLowerCase() === 'authorization') throw fail(entry, authorization);
    if (RESERVED_HEADERS.has(name.toLowerCase()))
      throw fail(entry, `${name} is a reserved header. It must not be changed`);
  }
}
const WAYS_IN = 'basic_auth, authorization, oauth2, sigv4, azuread or google_iam';
const BY_PARAMETER = `authorization header must be changed via the ${WAYS_IN} parameter`;

const QUEUE = object(
  {
    capacity: int,
    max_shards: int,
    min_shards: int,
    max_samples_per_send: int,
    batch_send_deadline: duration,
    min_backoff: duration,
    max_backoff: duration,
    retry_on_http_429: boolean,
    sample_age_limit: duration,
  },
  (keys, at) => {
    const positive = (key: string, otherwise: number): number => {
      const value = integer(keys.get(key), otherwise);
      if (value <= 0) throw fail(keys.get(key) ?? at, `remote write queue ${key} must be positive`);
      return value;
    };
    const max = positive('max_shards', 50);
    if (positive('min_shards', 1) > max)
      throw fail(at, 'remote write queue min_shards must not be greater than max_shards');
    positive('max_samples_per_send', 2000);
    positive('capacity', 10_000);
    if (durationMs(keys.get('max_backoff'), 5000) < durationMs(keys.get('min_backoff'), 30))
      throw fail(at, 'remote write queue max_backoff must not be less than min_backoff');
  },
);

const MESSAGES = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'];

function needsUrl(keys: Keys, at: YamlValue, section: string): void {
  const value = keys.get('url');
  if (value === undefined || isNull(value)) throw fail(at, `url for ${section} is empty`);
  if (urlParts(text(value)) === undefined) throw fail(value, `${JSON.stringify(text(value))} is not a URL`);
}

function remoteWrite(scheme: NameScheme): Shape {
  return object(
    {
      ...HTTP_FIELDS,
      url: string,
      remote_timeout: duration,
      headers: stringMap,
      write_relabel_configs: (value) =>
        void relabelRules(value, 'empty or null relabeling rule in remote write config', scheme),
      name: string,
      send_exemplars: boolean,
      send_native_histograms: boolean,
      round_robin_dns: boolean,
      protobuf_message: oneOf(
        MESSAGES,
        (written) =>
          `invalid protobuf_message value: unknown type for remote write protobuf message ${written}, supported: ${MESSAGES.join(', ')}`,
      ),
      failed_request_logging: boolean,
      queue_config: QUEUE,
      metadata_config: object({ send: boolean, send_interval: duration, max_samples_per_send: int }),
      sigv4: SIGV4,
      azuread: AZURE_AD,
      google_iam: object({ credentials_file: string }),
    },
    (keys, at) => {
      needsUrl(keys, at, 'remote_write');
      refuseReserved(keys.get('headers'), BY_PARAMETER);
      readHttpClient(keys, at);
      const ways = ['basic_auth', 'authorization', 'oauth2', 'sigv4', 'azuread', 'google_iam'].filter((key) =>
        keys.has(key),
      );
      if (ways.length > 1)
        throw fail(at, `at most one of ${WAYS_IN} must be configured. Currently configured: [${ways.join(' ')}]`);
    },
  );
}

const REMOTE_READ = object(
  {
    ...HTTP_FIELDS,
    url: string,
    remote_timeout: duration,
    chunked_read_limit: unsigned,
    headers: stringMap,
    read_recent: boolean,
    name: string,
    required_matchers: (value) => void labelRecord(value),
    filter_external_labels: boolean,
  },
  (keys, at) => {
    needsUrl(keys, at, 'remote_read');
    refuseReserved(keys.get('headers'), BY_PARAMETER);
    readHttpClient(keys, at);
  },
);

/** Entries of a list are no nulls and share no name. */
function named(item: Shape, empty: string, what: string): Shape {
  return (value) => {
    listOfSome(item, empty)(value);
    const seen = new Set<string>();
    for (const entry of list(value)) {
      const name = new Map(entries(entry)).get('name');
      const written = name === undefined ? '' : text(name);
      if (written !== '' && seen.has(written))
        throw fail(entry, `found multiple ${what} configs with job name ${JSON.stringify(written)}`);
      seen.add(written);
    }
  };
}

/** What is found of `alerting` while it is checked. */
export interface FoundAlerting {
  alertRelabel: readonly RelabelRule[];
  readonly alertmanagers: AlertmanagerTargets[];
  readonly notices: ConfigNotice[];
}

function alertmanager(scheme: NameScheme, found: FoundAlerting): Shape {
  const fields: Record<string, Shape> = { ...HTTP_FIELDS };
  for (const key of DISCOVERY_FIELDS) fields[key] = any;
  return object(
    {
      ...fields,
      sigv4: SIGV4,
      scheme: string,
      path_prefix: string,
      timeout: duration,
      api_version: oneOf(['v2'], (it) => `expected Alertmanager api version to be one of [v2] but got ${it}`),
      relabel_configs: (value) => void relabelRules(value, 'empty or null Alertmanager target relabeling rule', scheme),
      alert_relabel_configs: (value) =>
        void relabelRules(value, 'empty or null Alertmanager alert relabeling rule', scheme),
    },
    (keys, at) => {
      const discoveries = readDiscoveries(keys, found.notices, 'alertmanagers');
      const client = readHttpClient(keys, at);
      const sigv4 = keys.get('sigv4');
      if (sigv4 !== undefined && ['basic_auth', 'authorization', 'oauth2'].some((key) => keys.has(key)))
        throw fail(at, 'at most one of basic_auth, authorization, oauth2, & sigv4 must be configured');
      if (sigv4 !== undefined)
        found.notices.push({ line: sigv4.line, message: `sigv4 of Alertmanagers is not used (line ${sigv4.line})` });
      if (list(keys.get('relabel_configs')).length === 0) refuseUrls(discoveries.groups, at);
      found.alertmanagers.push({
        ...client,
        ...discoveries,
        relabel: relabelRules(keys.get('relabel_configs')),
        alertRelabel: relabelRules(keys.get('alert_relabel_configs')),
        scheme: textOf(keys, 'scheme') || 'http',
        pathPrefix: textOf(keys, 'path_prefix'),
        timeoutMs: durationMs(keys.get('timeout'), ALERTS_TIMEOUT_MS) || ALERTS_TIMEOUT_MS,
      });
    },
  );
}

/** How long one request to an Alertmanager may take, ms (config.DefaultAlertmanagerConfig). */
const ALERTS_TIMEOUT_MS = 10_000;

const TRACING = object(
  {
    client_type: oneOf(
      ['http', 'grpc'],
      (it) => `expected tracing client type to be to be http or grpc, but got ${it}`,
    ),
    endpoint: string,
    sampling_fraction: float,
    insecure: boolean,
    tls_config: tls,
    headers: stringMap,
    compression: oneOf(['', 'gzip'], (it) => `invalid compression type ${it} provided, valid options: gzip`),
    timeout: duration,
  },
  (keys, at) => {
    refuseReserved(keys.get('headers'), 'custom authorization header configuration is not yet supported');
    if (textOf(keys, 'endpoint') === '') throw fail(at, 'tracing endpoint must be set');
  },
);

const RETENTION = object({ time: duration, size, percentage: float }, (keys) => {
  const percentage = keys.get('percentage');
  const value = decimal(percentage, 0);
  if (percentage !== undefined && (value < 0 || value > 100)) {
    throw fail(percentage, `'storage.tsdb.retention.percentage' must be in the range [0, 100], got ${value}`);
  }
});

const STORAGE = object({
  tsdb: object({
    out_of_order_time_window: duration,
    stale_series_compaction_threshold: float,
    chunk_encoding: object({
      floats: oneOf(
        ['', 'xor', 'xor2'],
        (it) =>
          `'storage.tsdb.chunk_encoding.floats' must be 'xor' or 'xor2', or the field must be omitted entirely, got ${JSON.stringify(it)}`,
      ),
    }),
    retention: RETENTION,
  }),
  exemplars: object({ max_exemplars: int }),
});

const STRATEGIES = [
  '',
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
];

function refuseAttributes(value: YamlValue | undefined, adjective: string): void {
  const seen = new Set<string>();
  for (const entry of list(value)) {
    const name = text(entry).trim();
    if (name === '') throw fail(entry, `empty ${adjective} OTel resource attribute`);
    if (seen.has(name)) throw fail(entry, `duplicated ${adjective} OTel resource attribute ${JSON.stringify(name)}`);
    seen.add(name);
  }
}

function otlp(scheme: NameScheme): Shape {
  return object(
    {
      promote_all_resource_attributes: boolean,
      promote_resource_attributes: strings,
      ignore_resource_attributes: strings,
      translation_strategy: oneOf(STRATEGIES, (it) => `unsupported OTLP translation strategy ${JSON.stringify(it)}`),
      keep_identifying_resource_attributes: boolean,
      convert_histograms_to_nhcb: boolean,
      promote_scope_metadata: boolean,
      label_name_underscore_sanitization: boolean,
      label_name_preserve_multiple_underscores: boolean,
    },
    (keys, at) => {
      const all = flag(keys.get('promote_all_resource_attributes'), false);
      const [promoted, ignored] = [keys.get('promote_resource_attributes'), keys.get('ignore_resource_attributes')];
      if (all && texts(promoted).length > 0) {
        const names = "'promote_all_resource_attributes' and 'promote_resource_attributes'";
        throw fail(at, `${names} cannot be configured simultaneously`);
      }
      if (!all && texts(ignored).length > 0) {
        const rule = "cannot be configured unless 'promote_all_resource_attributes' is true";
        throw fail(at, `'ignore_resource_attributes' ${rule}`);
      }
      refuseAttributes(promoted, 'promoted');
      refuseAttributes(ignored, 'ignored');
      const strategy = textOf(keys, 'translation_strategy');
      if (scheme === 'legacy' && (strategy === 'NoTranslation' || strategy === 'NoUTF8EscapingWithSuffixes')) {
        const name = JSON.stringify(strategy);
        throw fail(at, `OTLP translation strategy ${name} is not allowed when UTF8 is disabled`);
      }
    },
  );
}

/** The top-level sections beside scraping; of `alerting` what is found is kept, the others are only checked. */
export function otherSections(scheme: NameScheme, alerting: FoundAlerting): Fields {
  return {
    runtime: object({ gogc: int }),
    alerting: object({
      alert_relabel_configs(value) {
        alerting.alertRelabel = relabelRules(value, 'empty or null alert relabeling rule', scheme);
      },
      alertmanagers: listOfSome(alertmanager(scheme, alerting), 'empty or null alertmanager section'),
    }),
    storage: STORAGE,
    tracing: TRACING,
    remote_write: named(remoteWrite(scheme), 'empty or null remote write config section', 'remote write'),
    remote_read: named(REMOTE_READ, 'empty or null remote read config section', 'remote read'),
    otlp: otlp(scheme),
  };
}
