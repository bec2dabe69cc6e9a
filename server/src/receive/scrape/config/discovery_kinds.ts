import { durationMs, fail, integer, list, text, texts, type YamlValue } from '../../../base/yaml_reader.ts';
import { HTTP_FIELDS, readHttpClient, tls } from './http_client.ts';
import {
  boolean,
  duration,
  type Fields,
  int,
  type Keys,
  listOf,
  object,
  oneOf,
  type Shape,
  string,
  stringMap,
  strings,
  textOf,
  urlParts,
} from './shape.ts';

/**
 * The kinds of service discovery that are checked, not run: their keys and upstream's rules about them
 * (prometheus/discovery/*). A job that uses one is accepted with a notice and scrapes what its other kinds find.
 */
type Check = (keys: Keys, at: YamlValue) => void;

const PORT: Fields = { port: int, refresh_interval: duration };

/** A kind with the HTTP client keys inline. */
function overHttp(fields: Fields, check?: Check): Shape {
  return object({ ...HTTP_FIELDS, refresh_interval: duration, ...fields }, (keys, at) => {
    check?.(keys, at);
    readHttpClient(keys, at);
  });
}

/** The keys must hold a text. */
function needs(...rules: readonly (readonly [key: string, message: string])[]): Check {
  return (keys, at) => {
    for (const [key, message] of rules) if (textOf(keys, key).trim() === '') throw fail(at, message);
  };
}

const every =
  (...checks: readonly Check[]): Check =>
  (keys, at) => {
    for (const check of checks) check(keys, at);
  };

function exactlyOneSecret(name: string): Check {
  return (keys, at) => {
    const [inline, file] = [textOf(keys, name), textOf(keys, `${name}_file`)];
    if (inline === '' && file === '') throw fail(at, `one of ${name} & ${name}_file must be configured`);
    if (inline !== '' && file !== '') throw fail(at, `at most one of ${name} & ${name}_file must be configured`);
  };
}

const role = (names: readonly string[], what: string): Shape =>
  oneOf(names, (written) => `unknown ${what} ${JSON.stringify(written)}`);

const httpUrl =
  (key: string): Check =>
  (keys, at) => {
    const written = textOf(keys, key);
    if (written === '') throw fail(at, 'URL is missing');
    const parts = urlParts(written);
    if (parts === undefined) throw fail(at, `${JSON.stringify(written)} is not a URL`);
    if (parts.scheme !== 'http' && parts.scheme !== 'https') throw fail(at, "URL scheme must be 'http' or 'https'");
    if (parts.host === '') throw fail(at, 'host is missing in URL');
  };

const filters = listOf(object({ name: string, values: strings }));
const AWS: Fields = {
  endpoint: string,
  region: string,
  access_key: string,
  secret_key: string,
  profile: string,
  role_arn: string,
  external_id: string,
  port: int,
};
const AWS_ROLES = ['ec2', 'ecs', 'elasticache', 'lightsail', 'msk', 'rds'];
const ec2Filters: Check = (keys) => {
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

const clustered: Fields = { ...AWS, clusters: strings, request_concurrency: int };

const AZURE_METHODS = ['OAuth', 'ManagedIdentity', 'SDK', 'WorkloadIdentity'];
const azure: Check = (keys, at) => {
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

const consul: Check = (keys, at) => {
  if (keys.has('server') && textOf(keys, 'server').trim() === '')
    throw fail(at, 'consul SD configuration requires a server address');
  const named = textOf(keys, 'username') !== '' || textOf(keys, 'password') !== '';
  if (named && keys.has('basic_auth'))
    throw fail(at, 'at most one of consul SD configuration username and password and basic auth can be configured');
  if (textOf(keys, 'token') !== '' && (keys.has('authorization') || keys.has('oauth2')))
    throw fail(at, 'at most one of consul SD token, authorization, or oauth2 can be configured');
};

const marathon: Check = (keys, at) => {
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
const oci: Check = (keys, at) => {
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

const serverUrl =
  (empty: string, invalid: string): Check =>
  (keys, at) => {
    const server = textOf(keys, 'server');
    if (server === '') throw fail(at, empty);
    const parts = urlParts(server);
    if (parts === undefined || parts.scheme === '' || parts.host === '') throw fail(at, invalid);
  };

const dockerFields: Fields = { host: string, port: int, filters };
const swarmRoles: Check = (keys, at) => {
  const written = textOf(keys, 'role');
  if (written === '') throw fail(at, 'role missing (one of: tasks, services, nodes)');
  if (!['services', 'nodes', 'tasks'].includes(written))
    throw fail(at, `invalid role ${written}, expected tasks, services, or nodes`);
};

const openstack: Check = (keys, at) => {
  const availability = textOf(keys, 'availability') || 'public';
  if (!['public', 'internal', 'admin'].includes(availability))
    throw fail(at, `unknown availability ${availability}, must be one of admin, internal or public`);
  needs(
    ['role', 'role missing (one of: instance, hypervisor, loadbalancer)'],
    ['region', 'openstack SD configuration requires a region'],
  )(keys, at);
};

const zookeeper = (kind: string): Shape =>
  object({ servers: strings, paths: strings, timeout: duration }, (keys, at) => {
    if (texts(keys.get('servers')).length === 0)
      throw fail(at, `${kind} SD config must contain at least one Zookeeper server`);
    const paths = texts(keys.get('paths'));
    if (paths.length === 0) throw fail(at, `${kind} SD config must contain at least one path`);
    const wrong = paths.find((path) => !path.startsWith('/'));
    if (wrong !== undefined) throw fail(at, `${kind} SD config paths must begin with '/': ${wrong}`);
  });

const triton: Check = (keys, at) => {
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

const ovhcloud: Check = (keys, at) => {
  if (keys.has('endpoint') && textOf(keys, 'endpoint') === '') throw fail(at, 'endpoint can not be empty');
  needs(
    ['application_key', 'application key can not be empty'],
    ['application_secret', 'application secret can not be empty'],
    ['consumer_key', 'consumer key can not be empty'],
  )(keys, at);
  const service = textOf(keys, 'service');
  if (service !== 'dedicated_server' && service !== 'vps') throw fail(at, `unknown service: ${service}`);
};

/** Shape of one entry of `<kind>_sd_configs`. */
export const DISCOVERY_KINDS: Readonly<Record<string, Shape>> = {
  aws: overHttp(
    { ...clustered, role: role(AWS_ROLES, 'AWS SD role'), filters },
    needs(['role', 'unknown AWS SD role ""']),
  ),
  azure: overHttp(
    {
      ...PORT,
      environment: string,
      subscription_id: string,
      tenant_id: string,
      client_id: string,
      client_secret: string,
      authentication_method: string,
      resource_group: string,
    },
    azure,
  ),
  consul: overHttp(
    {
      server: string,
      path_prefix: string,
      token: string,
      datacenter: string,
      namespace: string,
      partition: string,
      tag_separator: string,
      scheme: string,
      username: string,
      password: string,
      allow_stale: boolean,
      services: strings,
      tags: strings,
      node_meta: stringMap,
      filter: string,
      health_filter: string,
    },
    consul,
  ),
  digitalocean: overHttp({ ...PORT, role: role(['droplets', 'databases'], 'DigitalOcean SD role') }),
  docker: overHttp(
    { ...dockerFields, host_networking_host: string, match_first_network: boolean },
    needs(['host', 'host missing']),
  ),
  dockerswarm: overHttp({ ...dockerFields, role: string }, every(needs(['host', 'host missing']), swarmRoles)),
  ec2: overHttp({ ...AWS, filters }, ec2Filters),
  ecs: overHttp(clustered),
  elasticache: overHttp(clustered),
  eureka: overHttp(
    { server: string },
    serverUrl('eureka_sd: empty or null eureka server', 'eureka_sd: invalid eureka server URL'),
  ),
  gce: object(
    { ...PORT, project: string, zone: string, filter: string, tag_separator: string },
    needs(['project', 'GCE SD configuration requires a project'], ['zone', 'GCE SD configuration requires a zone']),
  ),
  hetzner: overHttp(
    { ...PORT, role: role(['robot', 'hcloud'], 'role'), label_selector: string },
    needs(['role', 'role missing (one of: robot, hcloud)']),
  ),
  ionos: overHttp({ ...PORT, datacenter_id: string }, needs(['datacenter_id', "datacenter id can't be empty"])),
  kuma: overHttp(
    { server: string, fetch_timeout: duration, client_id: string },
    serverUrl('kuma SD server must not be empty: ', 'kuma SD server must not be empty and have a scheme'),
  ),
  lightsail: overHttp(AWS),
  linode: overHttp({ ...PORT, tag_separator: string, region: string }),
  marathon: overHttp({ servers: strings, auth_token: string, auth_token_file: string }, marathon),
  msk: overHttp(clustered),
  nerve: zookeeper('nerve'),
  nomad: overHttp(
    { allow_stale: boolean, namespace: string, region: string, server: string, tag_separator: string },
    (keys, at) => {
      if (keys.has('server') && textOf(keys, 'server').trim() === '')
        throw fail(at, 'nomad SD configuration requires a server address');
    },
  ),
  oci: overHttp(
    {
      ...PORT,
      auth: string,
      tenancy: string,
      user: string,
      fingerprint: string,
      key_file: string,
      key_passphrase: string,
      key_passphrase_file: string,
      region: string,
      compartments: strings,
    },
    oci,
  ),
  openstack: object(
    {
      ...PORT,
      identity_endpoint: string,
      username: string,
      userid: string,
      password: string,
      project_name: string,
      project_id: string,
      domain_name: string,
      domain_id: string,
      application_credential_name: string,
      application_credential_id: string,
      application_credential_secret: string,
      role: role(['hypervisor', 'instance', 'loadbalancer'], 'OpenStack SD role'),
      region: string,
      all_tenants: boolean,
      tls_config: tls,
      availability: string,
    },
    openstack,
  ),
  outscale: overHttp(
    { ...PORT, endpoint: string, region: string, access_key: string, secret_key: string, secret_key_file: string },
    every(
      needs(
        ['region', 'outscale SD configuration requires a region'],
        ['access_key', 'outscale SD configuration requires access_key'],
      ),
      exactlyOneSecret('secret_key'),
    ),
  ),
  ovhcloud: object(
    {
      endpoint: string,
      application_key: string,
      application_secret: string,
      consumer_key: string,
      refresh_interval: duration,
      service: string,
    },
    ovhcloud,
  ),
  puppetdb: overHttp(
    { port: int, url: string, query: string, include_parameters: boolean },
    every(httpUrl('url'), needs(['query', 'query missing'])),
  ),
  rds: overHttp({ ...clustered, filters }),
  scaleway: overHttp(
    {
      ...PORT,
      project_id: string,
      api_url: string,
      zone: string,
      access_key: string,
      secret_key: string,
      secret_key_file: string,
      name_filter: string,
      tags_filter: strings,
      role: role(['instance', 'baremetal'], 'role'),
    },
    every(
      needs(['role', 'role missing (one of: instance, baremetal)'], ['project_id', 'project_id is mandatory']),
      exactlyOneSecret('secret_key'),
      needs(['access_key', 'access_key is mandatory']),
    ),
  ),
  serverset: zookeeper('serverset'),
  stackit: overHttp(
    {
      ...PORT,
      project: string,
      region: string,
      endpoint: string,
      service_account_key: string,
      private_key: string,
      service_account_key_path: string,
      private_key_path: string,
      credentials_file_path: string,
    },
    (keys, at) => {
      const endpoint = textOf(keys, 'endpoint');
      if (urlParts(endpoint) === undefined) throw fail(at, `stackit_sd: invalid endpoint ${JSON.stringify(endpoint)}`);
    },
  ),
  triton: object(
    {
      ...PORT,
      account: string,
      role: string,
      dns_suffix: string,
      endpoint: string,
      groups: strings,
      tls_config: tls,
      version: int,
    },
    triton,
  ),
  uyuni: overHttp(
    { server: string, username: string, password: string, entitlement: string, separator: string },
    needs(
      ['server', 'Uyuni SD configuration requires server host'],
      ['username', 'Uyuni SD configuration requires a username'],
      ['password', 'Uyuni SD configuration requires a password'],
    ),
  ),
  vultr: overHttp(PORT),
};
