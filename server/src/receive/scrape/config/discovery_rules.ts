import { HTTP_FIELDS, readHttpClient } from '../../../base/http_client_config.ts';
import { durationMs, fail, integer, list, text, texts, type YamlValue } from '../../../base/yaml_reader.ts';
import {
  duration,
  type Fields,
  int,
  type Keys,
  listOf,
  object,
  oneOf,
  type Shape,
  string,
  strings,
  textOf,
  urlParts,
} from '../../../base/yaml_shape.ts';

/**
 * The kinds of service discovery that are checked, not run: their keys and upstream's rules about them
 * (prometheus/discovery/*). A job that uses one is accepted with a notice and scrapes what its other kinds find.
 */
type Check = (keys: Keys, at: YamlValue) => void;

export const PORT: Fields = { port: int, refresh_interval: duration };

/** A kind with the HTTP client keys inline. */
export function overHttp(fields: Fields, check?: Check): Shape {
  return object({ ...HTTP_FIELDS, refresh_interval: duration, ...fields }, (keys, at) => {
    check?.(keys, at);
    readHttpClient(keys, at);
  });
}

/** The keys must hold a text. */
export function needs(...rules: readonly (readonly [key: string, message: string])[]): Check {
  return (keys, at) => {
    for (const [key, message] of rules) if (textOf(keys, key).trim() === '') throw fail(at, message);
  };
}

export const every =
  (...checks: readonly Check[]): Check =>
  (keys, at) => {
    for (const check of checks) check(keys, at);
  };

export function exactlyOneSecret(name: string): Check {
  return (keys, at) => {
    const [inline, file] = [textOf(keys, name), textOf(keys, `${name}_file`)];
    if (inline === '' && file === '') throw fail(at, `one of ${name} & ${name}_file must be configured`);
    if (inline !== '' && file !== '') throw fail(at, `at most one of ${name} & ${name}_file must be configured`);
  };
}

export const role = (names: readonly string[], what: string): Shape =>
  oneOf(names, (written) => `unknown ${what} ${JSON.stringify(written)}`);

export const httpUrl =
  (key: string): Check =>
  (keys, at) => {
    const written = textOf(keys, key);
    if (written === '') throw fail(at, 'URL is missing');
    const parts = urlParts(written);
    if (parts === undefined) throw fail(at, `${JSON.stringify(written)} is not a URL`);
    if (parts.scheme !== 'http' && parts.scheme !== 'https') throw fail(at, "URL scheme must be 'http' or 'https'");
    if (parts.host === '') throw fail(at, 'host is missing in URL');
  };

export const filters = listOf(object({ name: string, values: strings }));
export const AWS: Fields = {
  endpoint: string,
  region: string,
  access_key: string,
  secret_key: string,
  profile: string,
  role_arn: string,
  external_id: string,
  port: int,
};
export const AWS_ROLES = ['ec2', 'ecs', 'elasticache', 'lightsail', 'msk', 'rds'];
export const ec2Filters: Check = (keys) => {
  for (const filter of list(keys.get('filters')))
    if (!hasValues(filter)) throw fail(filter, 'EC2 SD configuration filter values cannot be empty');
};

function hasValues(filter: YamlValue): boolean {
  let found = false;
  object({
    name: string,
    values: (value) => {
      found = texts(value).length > 0;
    },
  })(filter);
  return found;
}

export const clustered: Fields = { ...AWS, clusters: strings, request_concurrency: int };

const AZURE_METHODS = ['OAuth', 'ManagedIdentity', 'SDK', 'WorkloadIdentity'];
export const azure: Check = (keys, at) => {
  const missing = (key: string): void => {
    if (textOf(keys, key) === '') throw fail(at, `azure SD configuration requires a ${key}`);
  };
  missing('subscription_id');
  const method = textOf(keys, 'authentication_method') || 'OAuth';
  if (method === 'OAuth') for (const key of ['tenant_id', 'client_id', 'client_secret']) missing(key);
  if (!AZURE_METHODS.includes(method)) {
    const known = '"OAuth", "ManagedIdentity", "SDK" or "WorkloadIdentity"';
    throw fail(at, `unknown authentication_type ${JSON.stringify(method)}. Supported types are ${known}`);
  }
};

export const consul: Check = (keys, at) => {
  if (keys.has('server') && textOf(keys, 'server').trim() === '')
    throw fail(at, 'consul SD configuration requires a server address');
  const named = textOf(keys, 'username') !== '' || textOf(keys, 'password') !== '';
  if (named && keys.has('basic_auth'))
    throw fail(at, 'at most one of consul SD configuration username and password and basic auth can be configured');
  if (textOf(keys, 'token') !== '' && (keys.has('authorization') || keys.has('oauth2')))
    throw fail(at, 'at most one of consul SD token, authorization, or oauth2 can be configured');
};

export const marathon: Check = (keys, at) => {
  if (list(keys.get('servers')).length === 0) throw fail(at, 'marathon_sd: must contain at least one Marathon server');
  const [token, file] = [textOf(keys, 'auth_token'), textOf(keys, 'auth_token_file')];
  if (token !== '' && file !== '')
    throw fail(at, 'marathon_sd: at most one of auth_token & auth_token_file must be configured');
  if (token === '' && file === '') return;
  if (keys.has('basic_auth'))
    throw fail(at, 'marathon_sd: at most one of basic_auth, auth_token & auth_token_file must be configured');
  if (keys.has('bearer_token') || keys.has('bearer_token_file')) {
    const names = 'bearer_token, bearer_token_file, auth_token & auth_token_file';
    throw fail(at, `marathon_sd: at most one of ${names} must be configured`);
  }
  if (keys.has('authorization'))
    throw fail(at, 'marathon_sd: at most one of auth_token, auth_token_file & authorization must be configured');
};

const OCI_KEYS = ['tenancy', 'user', 'fingerprint', 'key_file', 'key_passphrase', 'key_passphrase_file'];
export const oci: Check = (keys, at) => {
  if (textOf(keys, 'region') === '') throw fail(at, 'oci_sd: region is required');
  const auth = textOf(keys, 'auth') || 'api_key';
  if (auth === 'api_key') {
    for (const key of OCI_KEYS.slice(0, 4))
      if (textOf(keys, key) === '') throw fail(at, `oci_sd: api_key auth requires ${key}`);
    if (textOf(keys, 'key_passphrase') !== '' && textOf(keys, 'key_passphrase_file') !== '')
      throw fail(at, 'oci_sd: at most one of key_passphrase and key_passphrase_file must be configured');
  } else if (auth === 'instance_principal') {
    if (OCI_KEYS.some((key) => textOf(keys, key) !== '')) {
      const names = 'tenancy, user, fingerprint, key_file, key_passphrase, or key_passphrase_file';
      throw fail(at, `oci_sd: instance_principal auth must not have ${names} set`);
    }
  } else {
    const known = '"api_key" or "instance_principal"';
    throw fail(at, `oci_sd: unknown auth method ${JSON.stringify(auth)}, expected ${known}`);
  }
  for (const [i, entry] of list(keys.get('compartments')).entries())
    if (text(entry) === '') throw fail(entry, `oci_sd: compartments[${i}] must not be empty`);
  if (durationMs(keys.get('refresh_interval'), 60_000) <= 0)
    throw fail(at, 'oci_sd: refresh_interval must be positive');
};

export const serverUrl =
  (empty: string, invalid: string): Check =>
  (keys, at) => {
    const server = textOf(keys, 'server');
    if (server === '') throw fail(at, empty);
    const parts = urlParts(server);
    if (parts === undefined || parts.scheme === '' || parts.host === '') throw fail(at, invalid);
  };

export const dockerFields: Fields = { host: string, port: int, filters };
export const swarmRoles: Check = (keys, at) => {
  const written = textOf(keys, 'role');
  if (written === '') throw fail(at, 'role missing (one of: tasks, services, nodes)');
  if (!['services', 'nodes', 'tasks'].includes(written))
    throw fail(at, `invalid role ${written}, expected tasks, services, or nodes`);
};

export const openstack: Check = (keys, at) => {
  const availability = textOf(keys, 'availability') || 'public';
  if (!['public', 'internal', 'admin'].includes(availability))
    throw fail(at, `unknown availability ${availability}, must be one of admin, internal or public`);
  needs(
    ['role', 'role missing (one of: instance, hypervisor, loadbalancer)'],
    ['region', 'openstack SD configuration requires a region'],
  )(keys, at);
};

export const zookeeper = (kind: string): Shape =>
  object({ servers: strings, paths: strings, timeout: duration }, (keys, at) => {
    if (texts(keys.get('servers')).length === 0)
      throw fail(at, `${kind} SD config must contain at least one Zookeeper server`);
    const paths = texts(keys.get('paths'));
    if (paths.length === 0) throw fail(at, `${kind} SD config must contain at least one path`);
    const wrong = paths.find((path) => !path.startsWith('/'));
    if (wrong !== undefined) throw fail(at, `${kind} SD config paths must begin with '/': ${wrong}`);
  });

export const triton: Check = (keys, at) => {
  if (!['container', 'cn'].includes(textOf(keys, 'role') || 'container'))
    throw fail(at, "triton SD configuration requires role to be 'container' or 'cn'");
  needs(
    ['account', 'triton SD configuration requires an account'],
    ['dns_suffix', 'triton SD configuration requires a dns_suffix'],
    ['endpoint', 'triton SD configuration requires an endpoint'],
  )(keys, at);
  if (durationMs(keys.get('refresh_interval'), 60_000) <= 0)
    throw fail(at, 'triton SD configuration requires RefreshInterval to be a positive integer');
  integer(keys.get('version'), 1);
};

export const ovhcloud: Check = (keys, at) => {
  if (keys.has('endpoint') && textOf(keys, 'endpoint') === '') throw fail(at, 'endpoint can not be empty');
  needs(
    ['application_key', 'application key can not be empty'],
    ['application_secret', 'application secret can not be empty'],
    ['consumer_key', 'consumer key can not be empty'],
  )(keys, at);
  const service = textOf(keys, 'service');
  if (service !== 'dedicated_server' && service !== 'vps') throw fail(at, `unknown service: ${service}`);
};
