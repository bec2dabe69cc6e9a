import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import * as v from 'valibot';
import { LineCounter, parseDocument } from 'yaml';

/** A configuration of the agent that cannot be used; the message says what and where. */
export class AgentConfigError extends Error {
  override readonly name = 'AgentConfigError';
}

const address = v.pipe(v.string(), v.regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]*):\d{1,5}$/, 'must be host:port'));
const absolute = v.pipe(v.string(), v.startsWith('/', 'must be an absolute path'));
const patterns = v.pipe(v.array(absolute), v.minLength(1, 'needs at least one path'));
const attributes = v.optional(v.record(v.string(), v.string()), {});
const mebibytes = v.pipe(v.number(), v.minValue(1));

/** Charsets in which a newline is the byte 0x0A and no byte of another character; others cannot be cut into lines. */
const encoding = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.check((label) => !label.startsWith('utf-16') && isEncoding(label), 'is not an encoding the agent can read'),
);

const pattern = v.pipe(v.string(), v.check(isPattern, 'is not a pattern (RE2)'));

const fileSource = v.strictObject({
  paths: patterns,
  exclude: v.optional(v.array(absolute), []),
  /** `service.name`; default the file's name without its extension. */
  service: v.optional(v.string()),
  attributes,
  encoding: v.optional(encoding),
  /** Stack traces are joined (`true`), or every record begins with a line that matches `first_line`. */
  multiline: v.optional(v.union([v.boolean(), v.strictObject({ first_line: pattern })]), true),
  /** Where to begin with files that are there when the agent starts for the first time. */
  start: v.optional(v.picklist(['beginning', 'end']), 'beginning'),
});

const schema = v.strictObject({
  server: v.optional(
    v.strictObject({
      url: v.optional(
        v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, 'must be an http(s) address')),
        'http://127.0.0.1:3000',
      ),
      /** The key, or a file that holds it and is read again for every request. */
      key: v.optional(v.string()),
      key_file: v.optional(v.string()),
      ca_file: v.optional(v.string()),
      insecure_skip_verify: v.optional(v.boolean(), false),
    }),
    {},
  ),
  data: v.optional(v.string(), '/var/lib/trilith-agent'),
  listen: v.optional(v.union([address, v.literal('off')]), '127.0.0.1:3010'),
  log_level: v.optional(v.picklist(['debug', 'info', 'warn', 'error']), 'info'),
  /** Attributes of every record and labels of every series of this node. */
  attributes,
  buffer: v.optional(
    v.strictObject({ logs_mib: v.optional(mebibytes, 1024), metrics_mib: v.optional(mebibytes, 256) }),
    {},
  ),
  containers: v.optional(
    v.union([
      v.literal(false),
      v.strictObject({
        paths: v.optional(patterns, ['/var/log/containers/*.log', '/var/lib/docker/containers/*/*-json.log']),
        exclude: v.optional(v.array(absolute), []),
        multiline: v.optional(v.boolean(), true),
        start: v.optional(v.picklist(['beginning', 'end']), 'beginning'),
      }),
    ]),
    {},
  ),
  kubernetes: v.optional(
    v.strictObject({
      /** `auto`: when the agent runs in a pod. */
      enabled: v.optional(v.union([v.boolean(), v.literal('auto')]), 'auto'),
      /** The pods of this node only. */
      node: v.optional(v.string(), ''),
      api_server: v.optional(v.string(), ''),
      kubeconfig_file: v.optional(v.string(), ''),
    }),
    {},
  ),
  files: v.optional(v.array(fileSource), []),
  /** Scrape jobs in Prometheus' own file. */
  prometheus_config: v.optional(v.string()),
  host_metrics: v.optional(v.boolean(), true),
  /** Where the host's /proc is: another place in a container. */
  proc: v.optional(v.string(), '/proc'),
  scrape_interval_seconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(300)), 15),
});

export type AgentConfig = v.InferOutput<typeof schema>;
export type FileSourceConfig = AgentConfig['files'][number];

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables and the setting each one is. */
const VARIABLES: Readonly<
  Record<string, readonly [path: readonly string[], kind: 'text' | 'number' | 'flag', help: string]>
> = {
  TRILITH_URL: [['server', 'url'], 'text', 'the server'],
  TRILITH_KEY: [['server', 'key'], 'text', 'its key'],
  TRILITH_AGENT_KEY_FILE: [['server', 'key_file'], 'text', 'a file that holds the key'],
  TRILITH_AGENT_DATA: [['data'], 'text', 'positions and queues'],
  TRILITH_AGENT_LISTEN: [['listen'], 'text', 'own /metrics and /livez; or off'],
  TRILITH_AGENT_LOG_LEVEL: [['log_level'], 'text', 'debug, info, warn or error'],
  TRILITH_AGENT_BUFFER_LOGS_MIB: [['buffer', 'logs_mib'], 'number', 'disk for logs the server has not got yet'],
  TRILITH_AGENT_BUFFER_METRICS_MIB: [['buffer', 'metrics_mib'], 'number', 'the same for samples'],
  TRILITH_AGENT_PROMETHEUS_CONFIG: [['prometheus_config'], 'text', 'scrape jobs, a prometheus.yml'],
  TRILITH_AGENT_HOST_METRICS: [['host_metrics'], 'flag', 'figures of this host'],
  TRILITH_AGENT_PROC: [['proc'], 'text', 'the /proc of the host'],
  NODE_NAME: [['kubernetes', 'node'], 'text', 'the Kubernetes node'],
};

/** The variables, one a line, for `--help`. */
export function describeVariables(): string {
  return Object.entries(VARIABLES)
    .map(([name, [path, , help]]) => `  ${name.padEnd(34)} ${path.join('.').padEnd(22)} ${help}`)
    .join('\n');
}

interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly options?: readonly (SchemaNode | string | number | boolean | bigint | symbol)[];
}

/** Every key there is, as `docs/agent.md` writes them. */
export function settingKeys(): string[] {
  const keys: string[] = [];
  const visit = (key: string, node: SchemaNode): void => {
    const inner = node.wrapped ?? node;
    const choices = (inner.options ?? []).filter((choice) => typeof choice === 'object');
    const entries = inner.entries ?? choices.find((choice) => key === 'containers' && choice.entries)?.entries;
    const items = inner.item?.entries;
    if (entries === undefined && items === undefined) keys.push(key);
    for (const [name, child] of Object.entries(entries ?? {})) visit(key === '' ? name : `${key}.${name}`, child);
    for (const [name, child] of Object.entries(items ?? {})) visit(`${key}[].${name}`, child);
  };
  visit('', schema);
  return keys;
}

/**
 * The configuration out of a file (none: the defaults) and the environment, which wins. Throws AgentConfigError.
 * @param path of the YAML file
 */
export function loadAgentConfig(path: string | undefined, env: Environment): AgentConfig {
  const settings = path === undefined ? {} : readSettings(path);
  for (const [name, [keys, kind]] of Object.entries(VARIABLES)) {
    const value = env[name];
    if (value !== undefined && value !== '') assign(settings, keys, converted(name, value, kind));
  }
  return validated(settings, path ?? 'environment');
}

interface Settings {
  [key: string]: unknown;
}

function readSettings(path: string): Settings {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new AgentConfigError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) throw new AgentConfigError(`${path}:${broken.linePos?.[0].line ?? 1}: ${broken.message}`);
  const settings: unknown = document.toJS() ?? {};
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
    throw new AgentConfigError(`${path}: must be a mapping of settings`);
  return settings as Settings;
}

function assign(settings: Settings, keys: readonly string[], value: unknown): void {
  const [first = '', ...rest] = keys;
  if (rest.length === 0) {
    settings[first] = value;
    return;
  }
  const inner = settings[first];
  const next: Settings = typeof inner === 'object' && inner !== null ? (inner as Settings) : {};
  settings[first] = next;
  assign(next, rest, value);
}

function converted(name: string, value: string, kind: 'text' | 'number' | 'flag'): unknown {
  if (kind === 'text') return value;
  if (kind === 'flag') {
    if (/^(?:true|1|on|yes)$/i.test(value)) return true;
    if (/^(?:false|0|off|no)$/i.test(value)) return false;
    throw new AgentConfigError(`${name} must be true or false, not ${JSON.stringify(value)}`);
  }
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number))
    throw new AgentConfigError(`${name} must be a number, not ${JSON.stringify(value)}`);
  return number;
}

function validated(settings: Settings, place: string): AgentConfig {
  const result = v.safeParse(schema, settings);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const keys = (issue.path ?? []).map((item) => String(item.key)).join('.');
  const unknown = issue.type === 'strict_object' && issue.expected === 'never';
  throw new AgentConfigError(`${place}: ${unknown ? `unknown key ${keys}` : `${keys}: ${issue.message}`}`);
}

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label) instanceof TextDecoder;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function isPattern(source: string): boolean {
  try {
    RE2JS.compile(source);
    return true;
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return false;
    throw error;
  }
}

/** What this node is called: the Kubernetes node, else the host. */
export const nodeName = ({ kubernetes: { node } }: AgentConfig): string => (node === '' ? hostname() : node);

/** Attributes every record of this node has. */
export function nodeAttributes(config: AgentConfig): readonly (readonly [string, string])[] {
  return [['host.name', nodeName(config)], ...Object.entries(config.attributes)];
}

/** The label an attribute is on series: what a label name may not hold becomes `_`. */
export const labelName = (attribute: string): string =>
  attribute.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
