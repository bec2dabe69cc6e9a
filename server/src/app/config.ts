import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { maskingSchema, noiseSchema, samplingSchema, spanMetricsSchema } from '../ingest/index.ts';
import { featureNames, unknownFeatures } from '../query/index.ts';
import { alertingSchema } from './alerting_settings.ts';
import { ENVIRONMENT, OTHER_VARIABLES, TEST_VARIABLES } from './environment.ts';

/** A configuration that cannot be used; the message says what, where and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const days = v.pipe(v.number(), v.minValue(1), v.maxValue(3650));
const address = v.pipe(v.string(), v.regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]*):\d{1,5}$/, 'must be host:port'));
const addressOrOff = v.union([address, v.literal('off')], 'must be host:port or off');
const name = v.pipe(v.string(), v.regex(/^[a-z0-9_-]{1,64}$/, 'must match [a-z0-9_-]{1,64}'));

const keySchema = v.strictObject({
  name,
  /** SHA-256 of the key in hex; the key itself is never stored. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')),
  role: v.picklist(['ingest', 'viewer', 'admin']),
  tenant: v.optional(name, 'trilith'),
});

const schema = v.strictObject({
  listen: v.optional(address, '127.0.0.1:3000'),
  otlp_listen: v.optional(addressOrOff, '127.0.0.1:4318'),
  otlp_grpc_listen: v.optional(addressOrOff, '127.0.0.1:4317'),
  compat_ports: v.optional(v.boolean(), false),
  /** Fluent's Forward protocol; without it only `compat_ports` opens its port. */
  forward_listen: v.optional(addressOrOff),
  forward: v.optional(
    v.strictObject({
      /** With it every sender has to prove that it has the same. */
      shared_key: v.optional(v.pipe(v.string(), v.minLength(1))),
      tenant: v.optional(name, 'trilith'),
    }),
    {},
  ),
  syslog: v.optional(
    v.strictObject({
      udp_listen: v.optional(addressOrOff, 'off'),
      tcp_listen: v.optional(addressOrOff, 'off'),
      tls_listen: v.optional(addressOrOff, 'off'),
      /** Files of PEM. */
      tls_cert: v.optional(v.string()),
      tls_key: v.optional(v.string()),
      tenant: v.optional(name, 'trilith'),
    }),
    {},
  ),
  jaeger: v.optional(
    v.strictObject({
      /** Datagrams of Jaeger's clients; without it only `compat_ports` opens the agent's ports. */
      agent_listen: v.optional(addressOrOff),
      tenant: v.optional(name, 'trilith'),
    }),
    {},
  ),
  data: v.optional(v.string(), './data'),
  log_level: v.optional(v.picklist(['debug', 'info', 'warn', 'error']), 'info'),
  prometheus_config: v.optional(v.string()),
  /** Where people reach the program: links in alerts begin with it. */
  external_url: v.optional(v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, 'must be an http(s) address'))),
  /** Rule files beside those of prometheus.yml; globs (docs/alerting.md). */
  rules: v.optional(
    v.strictObject({
      files: v.optional(v.array(v.string()), []),
      /** Groups whose expressions are LogQL, as Loki's ruler has them. */
      logql_files: v.optional(v.array(v.string()), []),
    }),
    {},
  ),
  /** Who is told of alerts (docs/alertmanager.md). */
  alerting: v.optional(alertingSchema, {}),
  /** Who is on call (docs/on-call.md). */
  on_call: v.optional(
    v.strictObject({
      /** People, schedules and escalation policies. */
      file: v.optional(v.string()),
      /** Of the Slack app whose button acknowledges. */
      slack_signing_secret: v.optional(v.string()),
    }),
    {},
  ),
  /** Objectives in the formats of Sloth, Pyrra, OpenSLO or our own; globs (docs/slo.md). */
  slo: v.optional(v.strictObject({ files: v.optional(v.array(v.string()), []) }), {}),
  /** What to do about alerts (docs/runbooks.md). */
  runbooks: v.optional(
    v.strictObject({
      /** A folder of Markdown files. */
      directory: v.optional(v.string()),
      /** Addresses in annotations that mean the folder. */
      base_urls: v.optional(
        v.array(v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, 'must be an http(s) address'))),
        [],
      ),
      /** Tries links to elsewhere on a schedule. */
      check_links: v.optional(v.boolean(), true),
    }),
    {},
  ),
  /** Drills of the whole way of a page (docs/drills.md). */
  drills: v.optional(
    v.strictObject({
      /** Files of drills; globs. */
      files: v.optional(v.array(v.string()), []),
      /** Addresses that drills may ask to switch faults, and tell instead of a receiver: these and what is below them. */
      allow: v.optional(v.array(v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, 'must be an http(s) address'))), []),
    }),
    {},
  ),
  self_monitoring: v.optional(v.boolean(), true),
  self_interval_seconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(300)), 5),
  clickhouse: v.optional(
    v.strictObject({
      /** HTTP addresses of every server that stores data, separated by commas. */
      url: v.pipe(
        v.string(),
        v.regex(/^https?:\/\/[^,\s]+(,https?:\/\/[^,\s]+)*$/, 'must be http(s) addresses, separated by commas'),
      ),
      cluster: v.optional(v.string(), 'default'),
      user: v.optional(v.string(), 'default'),
      password: v.optional(v.string(), ''),
      /** A user that may only SELECT and set the bounds of a query; queries run as it. */
      reader_user: v.optional(v.string(), 'default'),
      reader_password: v.optional(v.string(), ''),
      replicated: v.optional(v.boolean(), false),
      /** The header value that engines started by Trilith itself ask for. */
      secret: v.optional(v.string()),
    }),
  ),
  engine_memory_mib: v.optional(v.pipe(v.number(), v.minValue(256)), 1100),
  /** Recent samples in memory; `auto` is a 32nd of the machine's, 64 to 768 MiB; 0 keeps none. */
  recent_samples_mib: v.optional(v.union([v.literal('auto'), v.pipe(v.number(), v.minValue(0))]), 'auto'),
  /** Recent spans in memory, of all tenants together; `auto` is a 32nd of the machine's, 64 to 256 MiB; 0 keeps none. */
  recent_spans_mib: v.optional(v.union([v.literal('auto'), v.pipe(v.number(), v.minValue(0))]), 'auto'),
  /** Recent log records in memory, of all tenants together; `auto` is a 32nd of the machine's, 64 to 256 MiB; 0 keeps none. */
  recent_logs_mib: v.optional(v.union([v.literal('auto'), v.pipe(v.number(), v.minValue(0))]), 'auto'),
  /** Upstream's flag: experimental parts of PromQL, by name, separated by commas. */
  enable_feature: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (list) => unknownFeatures(list).length === 0,
        ({ input }) => `unknown feature ${unknownFeatures(input).join(', ')}; known: ${featureNames().join(', ')}`,
      ),
    ),
    '',
  ),
  retention: v.optional(
    v.strictObject({
      metrics_days: v.optional(days, 30),
      logs_days: v.optional(days, 14),
      traces_days: v.optional(days, 7),
    }),
    {},
  ),
  limits: v.optional(
    v.strictObject({
      ingest_mib_per_second: v.optional(v.pipe(v.number(), v.minValue(0.001)), 20),
      active_series: v.optional(v.pipe(v.number(), v.minValue(1)), 200_000),
      active_streams: v.optional(v.pipe(v.number(), v.minValue(1)), 20_000),
      disk_reserve_mib: v.optional(v.pipe(v.number(), v.minValue(0)), 256),
      disk_reserve_ratio: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.9)), 0.1),
      wal_mib: v.optional(v.pipe(v.number(), v.minValue(64)), 8192),
      query_seconds: v.optional(v.pipe(v.number(), v.minValue(1)), 30),
      /** Samples and points a PromQL query may hold at once, and series it may select. */
      query_samples: v.optional(v.pipe(v.number(), v.minValue(1)), 50_000_000),
      query_series: v.optional(v.pipe(v.number(), v.minValue(1)), 1_000_000),
      /** Memory and rows one read of the engine may use. */
      query_memory_mib: v.optional(v.pipe(v.number(), v.minValue(1)), 512),
      query_rows: v.optional(v.pipe(v.number(), v.minValue(1)), 500_000_000),
      /** How far back samples may lie, and how far back log records and spans. */
      out_of_order_minutes: v.optional(v.pipe(v.number(), v.minValue(0)), 120),
      oldest_hours: v.optional(v.pipe(v.number(), v.minValue(1)), 168),
      queries_at_once: v.optional(v.pipe(v.number(), v.minValue(1)), 8),
      queries_at_once_per_tenant: v.optional(v.pipe(v.number(), v.minValue(1)), 4),
      queries_waiting: v.optional(v.pipe(v.number(), v.minValue(0)), 500),
    }),
    {},
  ),
  /** Logs of CI jobs (docs/ci.md). */
  ci: v.optional(
    v.strictObject({
      gitlab: v.optional(
        v.strictObject({
          url: v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, 'must be an http(s) address')),
          /** Reads jobs and their logs: scope read_api. */
          token: v.string(),
          /** What the webhook is set up to send as X-Gitlab-Token. */
          webhook_token: v.pipe(v.string(), v.minLength(8, 'must have at least 8 characters')),
          tenant: v.optional(name, 'trilith'),
        }),
      ),
    }),
    {},
  ),
  /** What is masked before it is stored (docs/masking.md). */
  masking: v.optional(maskingSchema, {}),
  /** What is not stored at all (docs/noise.md). */
  noise: v.optional(noiseSchema, []),
  /** Series made from spans (docs/span-metrics.md). */
  span_metrics: v.optional(spanMetricsSchema, {}),
  /** Which traces are stored (docs/sampling.md). */
  sampling: v.optional(samplingSchema, {}),
  /** Count the patterns of log lines as they come in. */
  log_patterns: v.optional(v.boolean(), true),
  auth: v.optional(v.strictObject({ keys: v.optional(v.array(keySchema), []) }), {}),
});

export type Config = v.InferOutput<typeof schema>;

interface Settings {
  [key: string]: unknown;
}

/**
 * The configuration from file (`--config`, TRILITH_CONFIG or ./trilith.yaml), environment and flags, later ones first.
 * @throws ConfigError naming the key, and for the file its line
 */
export function loadConfig(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Config {
  const flags = parseFlags(argv);
  const file = flags.get('config') ?? env.TRILITH_CONFIG;
  const settings = file === undefined ? readFileIfPresent('trilith.yaml') : readConfigFile(file);
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('TRILITH_') || variable.startsWith(TEST_VARIABLES)) continue;
    if (value === undefined || OTHER_VARIABLES.has(variable)) continue;
    const target = ENVIRONMENT[variable];
    if (target === undefined)
      throw new ConfigError(`unknown environment variable ${variable}; known: ${Object.keys(ENVIRONMENT).join(', ')}`);
    assign(settings, target.path, convert(value, target.kind, variable));
  }
  for (const [flag, value] of flags) {
    if (flag === 'config') continue;
    const variable = `TRILITH_${flag.toUpperCase().replaceAll('-', '_')}`;
    const target = ENVIRONMENT[variable];
    if (target === undefined) throw new ConfigError(`unknown flag --${flag}; see --help`);
    assign(settings, target.path, convert(value, target.kind, `--${flag}`));
  }
  return validate(settings, null, '');
}

interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly default?: unknown;
}

/** One setting: its key in the file, the variable that sets it too, and its default. */
export interface Setting {
  readonly key: string;
  readonly variable: string | undefined;
  readonly fallback: unknown;
}

/** Every setting there is, in the order of the schema; docs/configuration.md is held to it. */
export function settings(): readonly Setting[] {
  const variables = new Map(Object.entries(ENVIRONMENT).map(([variable, { path }]) => [path.join('.'), variable]));
  const found: Setting[] = [];
  const visit = (key: string, node: SchemaNode, fallback: unknown): void => {
    const inner = node.wrapped ?? node;
    const entries = Object.entries(inner.entries ?? inner.item?.entries ?? {});
    if (inner.entries === undefined)
      found.push({ key, variable: variables.get(key), fallback: node.default ?? fallback });
    const place = inner.entries === undefined ? `${key}[]` : key;
    for (const [name, child] of entries) visit(place === '' ? name : `${place}.${name}`, child, undefined);
  };
  visit('', schema, undefined);
  return found;
}

function parseFlags(argv: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (!argument.startsWith('--')) throw new ConfigError(`unexpected argument ${argument}; see --help`);
    const equals = argument.indexOf('=');
    if (equals > 0) flags.set(argument.slice(2, equals), argument.slice(equals + 1));
    else if (argv[i + 1] !== undefined && !argv[i + 1]?.startsWith('--')) flags.set(argument.slice(2), argv[++i] ?? '');
    else flags.set(argument.slice(2), 'true');
  }
  return flags;
}

function convert(value: string, kind: 'string' | 'boolean' | 'number', source: string): unknown {
  if (kind === 'string') return value;
  if (kind === 'boolean') {
    if (['true', '1', 'on', 'yes'].includes(value)) return true;
    if (['false', '0', 'off', 'no'].includes(value)) return false;
    throw new ConfigError(`${source} must be true or false, not ${JSON.stringify(value)}`);
  }
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number))
    throw new ConfigError(`${source} must be a number, not ${JSON.stringify(value)}`);
  return number;
}

function assign(settings: Settings, path: readonly string[], value: unknown): void {
  let at = settings;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    if (typeof next === 'object' && next !== null) at = next as Settings;
    else {
      const made: Settings = Object.create(null);
      at[key] = made;
      at = made;
    }
  }
  at[path.at(-1) ?? ''] = value;
}

function readFileIfPresent(path: string): Settings {
  try {
    return parseYaml(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Object.create(null);
    throw error;
  }
}

function readConfigFile(path: string): Settings {
  try {
    return parseYaml(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function parseYaml(text: string, path: string): Settings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const broken = document.errors[0];
  if (broken) throw new ConfigError(`${path}:${broken.linePos?.[0].line ?? 1}: ${broken.message}`);
  if (document.contents === null) return Object.create(null);
  if (!isMap(document.contents)) throw new ConfigError(`${path}:1: must be a mapping of settings`);
  const lineOf = (keys: readonly PropertyKey[]): number => {
    for (let depth = keys.length; depth > 0; depth--) {
      const parent = document.getIn(keys.slice(0, depth - 1), true);
      const holder = depth === 1 ? document.contents : parent;
      if (!isMap(holder)) continue;
      const pair = holder.items.find(
        (item) => String((item.key as { value?: unknown }).value) === String(keys[depth - 1]),
      );
      const range = (pair?.key as { range?: readonly number[] } | undefined)?.range;
      if (range) return lines.linePos(range[0] ?? 0).line;
    }
    return 1;
  };
  const settings = document.toJS() as Settings;
  validate(settings, lineOf, path);
  return settings;
}

function validate(settings: Settings, lineOf: ((keys: readonly PropertyKey[]) => number) | null, path: string): Config {
  const result = v.safeParse(schema, settings);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const keys = (issue.path ?? []).map((item) => item.key as PropertyKey);
  const place = lineOf === null ? '' : `${path}:${lineOf(keys)}: `;
  const what =
    issue.type === 'strict_object' && issue.expected === 'never'
      ? `unknown key ${keys.join('.')}`
      : `${keys.join('.')}: ${issue.message}`;
  throw new ConfigError(`${place}${what}`);
}

/** Splits `host:port`; an empty host means every address. */
export function splitAddress(value: string): { readonly host: string; readonly port: number } {
  const colon = value.lastIndexOf(':');
  return { host: value.slice(0, colon).replace(/^\[|\]$/g, '') || '0.0.0.0', port: Number(value.slice(colon + 1)) };
}

/** Whether an address is only reachable from this machine; then no login is needed. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
