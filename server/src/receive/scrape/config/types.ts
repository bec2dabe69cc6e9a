import type { HttpClientConfig } from '../../../base/http_settings.ts';
import type { RelabelRule } from '../relabel.ts';

/** Addresses with labels of their own, as `static_configs` lists them. */
export interface StaticGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export type KubernetesRole = 'node' | 'pod' | 'service' | 'endpoints' | 'endpointslice' | 'ingress';

export interface KubernetesDiscovery extends HttpClientConfig {
  readonly kind: 'kubernetes';
  readonly role: KubernetesRole;
  /** Empty: inside a cluster, or as the kubeconfig file says. */
  readonly apiServer: string;
  readonly kubeconfigFile: string;
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  readonly ownNamespace: boolean;
  readonly selectors: readonly { readonly role: KubernetesRole; readonly label: string; readonly field: string }[];
  readonly attachNode: boolean;
  readonly attachNamespace: boolean;
  readonly attachDeployment: boolean;
  readonly attachJob: boolean;
  readonly attachCronJob: boolean;
}

/** Where a job's targets come from, beside `static_configs`. */
export type DiscoveryConfig =
  | { readonly kind: 'file'; readonly files: readonly string[]; readonly refreshMs: number }
  | ({ readonly kind: 'http'; readonly url: string; readonly refreshMs: number } & HttpClientConfig)
  | {
      readonly kind: 'dns';
      readonly names: readonly string[];
      readonly type: 'SRV' | 'A' | 'AAAA' | 'MX' | 'NS';
      readonly port: number;
      readonly refreshMs: number;
    }
  | KubernetesDiscovery;

/** Names as upstream's `scrape_protocols` has them. */
export type ScrapeProtocol =
  | 'PrometheusProto'
  | 'PrometheusText0.0.4'
  | 'PrometheusText1.0.0'
  | 'OpenMetricsText0.0.1'
  | 'OpenMetricsText1.0.0';

export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

/** One entry of `scrape_configs` with the defaults filled in. */
export interface ScrapeJob extends HttpClientConfig {
  readonly name: string;
  /** Files that the job names are relative to it. */
  readonly directory: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly scheme: string;
  readonly metricsPath: string;
  readonly params: readonly (readonly [name: string, value: string])[];
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  /** Series whose samples carry times of their own get staleness markers too. */
  readonly trackTimestampsStaleness: boolean;
  /** Uncompressed, bytes; 0: no limit of its own. */
  readonly bodySizeLimit: number;
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  /** More targets than this fail all of them, as upstream; 0: no limit. */
  readonly targetLimit: number;
  /** Dropped targets remembered for the API at most; 0: no limit. */
  readonly keepDroppedTargets: number;
  readonly protocols: readonly ScrapeProtocol[];
  /** For answers without a content type, or with one nobody knows. */
  readonly fallbackProtocol?: ScrapeProtocol;
  readonly nativeHistograms: boolean;
  /** Classic buckets are kept beside the native histogram of the same name. */
  readonly alwaysClassicHistograms: boolean;
  /** Classic histograms become native ones with custom buckets. */
  readonly convertToNhcb: boolean;
  /** Buckets of a native histogram are merged until there are no more than this; 0: no limit. */
  readonly histogramBucketLimit: number;
  /** Buckets that grow by less than this are merged; 0: as they come. */
  readonly histogramMinFactor: number;
  readonly escaping: EscapingScheme;
  readonly legacyNames: boolean;
  /** Store `scrape_timeout_seconds`, `scrape_sample_limit` and `scrape_body_size_bytes` too. */
  readonly extraMetrics: boolean;
  readonly enableCompression: boolean;
  readonly groups: readonly StaticGroup[];
  readonly discovery: readonly DiscoveryConfig[];
  readonly relabel: readonly RelabelRule[];
  readonly metricRelabel: readonly RelabelRule[];
}

/** Something of the file that is accepted and not acted upon; the text names its line. */
export interface ConfigNotice {
  readonly line: number;
  readonly message: string;
}

/** One entry of `alerting.alertmanagers`: Alertmanagers outside that alerts of rules go to. */
export interface AlertmanagerTargets extends HttpClientConfig {
  readonly groups: readonly StaticGroup[];
  readonly discovery: readonly DiscoveryConfig[];
  /** Of its targets. */
  readonly relabel: readonly RelabelRule[];
  /** Of the alerts that go there. */
  readonly alertRelabel: readonly RelabelRule[];
  readonly scheme: string;
  readonly pathPrefix: string;
  readonly timeoutMs: number;
}

/** `alerting` of the file. */
export interface AlertingSection {
  /** Of all alerts that go to Alertmanagers outside. */
  readonly alertRelabel: readonly RelabelRule[];
  readonly alertmanagers: readonly AlertmanagerTargets[];
}

export interface PrometheusConfig {
  readonly jobs: readonly ScrapeJob[];
  readonly evaluationIntervalMs: number;
  /** How far back rules look, for groups that do not say. */
  readonly ruleQueryOffsetMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Globs, relative to the file's directory. */
  readonly ruleFiles: readonly string[];
  /** Globs of files with more jobs, relative to the file's directory. */
  readonly scrapeConfigFiles: readonly string[];
  readonly alerting: AlertingSection;
  readonly notices: readonly ConfigNotice[];
}

export const DEFAULT_PROTOCOLS: readonly ScrapeProtocol[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
];

/** A job with nothing but a name and where to look; for the jobs the program adds itself. */
export function builtinJob(name: string, intervalMs: number, metricsPath: string, target: string): ScrapeJob {
  return {
    name,
    directory: '.',
    intervalMs,
    timeoutMs: Math.min(intervalMs, 10_000),
    scheme: 'http',
    metricsPath,
    params: [],
    honorLabels: false,
    honorTimestamps: true,
    trackTimestampsStaleness: false,
    bodySizeLimit: 0,
    sampleLimit: 0,
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
    targetLimit: 0,
    keepDroppedTargets: 0,
    protocols: DEFAULT_PROTOCOLS,
    nativeHistograms: false,
    alwaysClassicHistograms: false,
    convertToNhcb: false,
    histogramBucketLimit: 0,
    histogramMinFactor: 0,
    escaping: 'allow-utf-8',
    legacyNames: false,
    extraMetrics: false,
    enableCompression: true,
    followRedirects: true,
    auth: { kind: 'none' },
    tls: { insecureSkipVerify: false, serverName: '' },
    proxy: { kind: 'none' },
    headers: [],
    groups: [{ targets: [target], labels: {} }],
    discovery: [],
    relabel: [],
    metricRelabel: [],
  };
}
