import type { Secret } from './secret.ts';

/** What a configuration says about an HTTP client: authentication, trust, headers, proxy (Prometheus' common/config). */

/**
 * A secret given in the file, the path of a file that holds it (read at each use, so that it can be rotated), or the name
 * under which a secret manager would hold it (accepted, and an error when it is needed).
 */
export type SecretSource =
  | { readonly kind: 'inline'; readonly value: Secret }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'reference'; readonly name: string };

export interface OAuth2Settings {
  readonly kind: 'oauth2';
  readonly grant: 'client_credentials' | 'jwt-bearer';
  readonly clientId: string;
  readonly clientSecret?: SecretSource;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  readonly endpointParams: readonly (readonly [string, string])[];
  readonly tls: HttpTls;
  readonly proxy: ProxySettings;
}

export type HttpAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: SecretSource; readonly password: SecretSource }
  | { readonly kind: 'header'; readonly scheme: string; readonly credentials: SecretSource }
  | OAuth2Settings;

type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export interface HttpTls {
  readonly insecureSkipVerify: boolean;
  readonly serverName: string;
  readonly ca?: SecretSource;
  readonly cert?: SecretSource;
  readonly key?: SecretSource;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
}

export type ProxySettings =
  | { readonly kind: 'none' }
  | { readonly kind: 'environment'; readonly connectHeaders: readonly (readonly [string, Secret])[] }
  | {
      readonly kind: 'url';
      readonly url: string;
      /** Comma-separated hosts, domains, addresses and networks that are asked directly. */
      readonly noProxy: string;
      readonly connectHeaders: readonly (readonly [string, Secret])[];
    };

export interface HttpClientConfig {
  readonly auth: HttpAuth;
  readonly tls: HttpTls;
  readonly headers: readonly (readonly [name: string, value: SecretSource])[];
  readonly followRedirects: boolean;
  readonly proxy: ProxySettings;
}
