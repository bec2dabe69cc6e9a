import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createHttpClient, type HttpClient } from '../../../../base/http_client.ts';
import type { HttpAuth, HttpClientConfig, HttpTls, SecretSource } from '../../../../base/http_settings.ts';
import { Secret } from '../../../../base/secret.ts';
import { entries, flag, isNull, list, parseYaml, text, type YamlValue } from '../../../../base/yaml_reader.ts';
import type { KubernetesDiscovery } from '../../config/types.ts';

/** How the API server is reached and as whom. */
export interface ApiAccess {
  readonly server: string;
  readonly client: HttpClient;
  /** The namespace we run in; empty outside a cluster. */
  readonly ownNamespace: string;
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Access as the configuration says: an `api_server`, a kubeconfig file, or the service account of the pod we run in.
 * Throws Error when there is none.
 */
export function apiAccess(
  config: HttpClientConfig & Pick<KubernetesDiscovery, 'apiServer' | 'kubeconfigFile' | 'ownNamespace'>,
  directory: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  account = ACCOUNT,
): ApiAccess {
  if (config.apiServer !== '')
    return { server: trimmed(config.apiServer), client: createHttpClient(config, directory), ownNamespace: '' };
  if (config.kubeconfigFile !== '') return fromKubeconfig(resolve(directory, config.kubeconfigFile));
  const [host, port] = [env.KUBERNETES_SERVICE_HOST ?? '', env.KUBERNETES_SERVICE_PORT ?? '443'];
  if (host === '') {
    throw new Error(
      'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined',
    );
  }
  const settings: HttpClientConfig = {
    auth: { kind: 'header', scheme: 'Bearer', credentials: { kind: 'file', path: `${account}/token` } },
    tls: { insecureSkipVerify: false, serverName: '', ca: { kind: 'file', path: `${account}/ca.crt` } },
    headers: [],
    followRedirects: true,
    proxy: config.proxy,
  };
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const ownNamespace = config.ownNamespace ? readFileSync(`${account}/namespace`, 'utf8').trim() : '';
  return { server, client: createHttpClient(settings, directory), ownNamespace };
}

const trimmed = (url: string): string => url.replace(/\/+$/, '');

type Section = ReadonlyMap<string, YamlValue>;
const section = (value: YamlValue | undefined): Section =>
  new Map(value === undefined || isNull(value) ? [] : entries(value));
const written = (keys: Section, name: string): string => {
  const value = keys.get(name);
  return value === undefined ? '' : text(value);
};

/** The entry of a named list of a kubeconfig. */
function named(top: Section, plural: string, name: string, key: string): Section {
  const found = list(top.get(plural))
    .map(section)
    .find((entry) => written(entry, 'name') === name);
  if (found === undefined) throw new Error(`kubeconfig: there is no ${key} ${JSON.stringify(name)}`);
  return section(found.get(key));
}

/** Given as base64 in the file, or as the path of another file. */
function source(keys: Section, name: string): SecretSource | undefined {
  const data = written(keys, `${name}-data`);
  if (data !== '') return { kind: 'inline', value: new Secret(Buffer.from(data, 'base64').toString('utf8')) };
  const path = written(keys, name);
  return path === '' ? undefined : { kind: 'file', path };
}

function fromKubeconfig(path: string): ApiAccess {
  const top = section(parseYaml(readFileSync(path, 'utf8')));
  const context = named(top, 'contexts', written(top, 'current-context'), 'context');
  const cluster = named(top, 'clusters', written(context, 'cluster'), 'cluster');
  const userName = written(context, 'user');
  const user = userName === '' ? new Map<string, YamlValue>() : named(top, 'users', userName, 'user');
  for (const way of ['exec', 'auth-provider'])
    if (user.has(way)) throw new Error(`kubeconfig: ${way} of user ${JSON.stringify(userName)} is not supported`);
  const [ca, cert, key] = [
    source(cluster, 'certificate-authority'),
    source(user, 'client-certificate'),
    source(user, 'client-key'),
  ];
  const tls: HttpTls = {
    insecureSkipVerify: flag(cluster.get('insecure-skip-tls-verify'), false),
    serverName: written(cluster, 'tls-server-name'),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  const proxyUrl = written(cluster, 'proxy-url');
  const settings: HttpClientConfig = {
    auth: userAuth(user),
    tls,
    headers: [],
    followRedirects: true,
    proxy: proxyUrl === '' ? { kind: 'none' } : { kind: 'url', url: proxyUrl, noProxy: '', connectHeaders: [] },
  };
  const server = trimmed(written(cluster, 'server'));
  return { server, client: createHttpClient(settings, dirname(path)), ownNamespace: '' };
}

function userAuth(user: Section): HttpAuth {
  const [token, file] = [written(user, 'token'), written(user, 'tokenFile')];
  const header = (credentials: SecretSource): HttpAuth => ({ kind: 'header', scheme: 'Bearer', credentials });
  if (file !== '') return header({ kind: 'file', path: file });
  const inline = (value: string): SecretSource => ({ kind: 'inline', value: new Secret(value) });
  if (token !== '') return header(inline(token));
  const name = written(user, 'username');
  if (name === '') return { kind: 'none' };
  return { kind: 'basic', username: inline(name), password: inline(written(user, 'password')) };
}
