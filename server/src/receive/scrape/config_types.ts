import type { Secret } from '../../base/secret.ts';
import type { RelabelRule } from './relabel.ts';

/** A secret given in the file, or the path of a file that holds it (read at each scrape, so that it can be rotated). */
export type SecretSource =
  | { readonly kind: 'inline'; readonly value: Secret }
  | { readonly kind: 'file'; readonly path: string };

export type ScrapeAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: SecretSource }
  | { readonly kind: 'header'; readonly scheme: string; readonly credentials: SecretSource };

export interface ScrapeTls {
  readonly insecureSkipVerify: boolean;
  readonly serverName: string;
  readonly ca?: SecretSource;
  readonly cert?: SecretSource;
  readonly key?: SecretSource;
}

/** Addresses with labels of their own, as `static_configs` lists them. */
export interface StaticGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** One entry of `scrape_configs` with the defaults filled in. */
export interface ScrapeJob {
  readonly name: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly scheme: 'http' | 'https';
  readonly metricsPath: string;
  readonly params: readonly (readonly [name: string, value: string])[];
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  /** Uncompressed, bytes; 0: no limit of its own. */
  readonly bodySizeLimit: number;
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  /** More targets than this fail all of them, as upstream; 0: no limit. */
  readonly targetLimit: number;
  readonly enableCompression: boolean;
  readonly followRedirects: boolean;
  readonly auth: ScrapeAuth;
  readonly tls: ScrapeTls;
  readonly headers: readonly (readonly [name: string, value: SecretSource])[];
  readonly groups: readonly StaticGroup[];
  readonly relabel: readonly RelabelRule[];
  readonly metricRelabel: readonly RelabelRule[];
}

/** Something of the file that is accepted and not acted upon; the text names its line. */
export interface ConfigNotice {
  readonly line: number;
  readonly message: string;
}

export interface PrometheusConfig {
  readonly jobs: readonly ScrapeJob[];
  readonly evaluationIntervalMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Globs, relative to the file's directory. */
  readonly ruleFiles: readonly string[];
  readonly notices: readonly ConfigNotice[];
}

/** A job with nothing but a name and where to look; for the jobs the program adds itself. */
export function builtinJob(name: string, intervalMs: number, metricsPath: string, target: string): ScrapeJob {
  return {
    name,
    intervalMs,
    timeoutMs: Math.min(intervalMs, 10_000),
    scheme: 'http',
    metricsPath,
    params: [],
    honorLabels: false,
    honorTimestamps: true,
    bodySizeLimit: 0,
    sampleLimit: 0,
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
    targetLimit: 0,
    enableCompression: true,
    followRedirects: true,
    auth: { kind: 'none' },
    tls: { insecureSkipVerify: false, serverName: '' },
    headers: [],
    groups: [{ targets: [target], labels: {} }],
    relabel: [],
    metricRelabel: [],
  };
}
