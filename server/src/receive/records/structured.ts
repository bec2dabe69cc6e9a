import { isJsonObject } from '../../base/json_input.ts';
import { SEVERITY_UNKNOWN, severityOfSyslog } from '../../model/severity.ts';
import { appendFlattened, jsonText, scalarText } from './field_text.ts';
import { kubernetesFields } from './kubernetes.ts';
import type { LogRecord } from './record_sink.ts';
import { type Moment, momentOf, momentOfMs } from './timestamps.ts';

/** A record as agents send it: names to values of JSON or MessagePack. */
export type RecordFields = Readonly<Record<string, unknown>>;

/** What is known of a record besides its fields. */
export interface RecordOrigin {
  /** The record's time where the protocol has it. */
  readonly moment?: Moment;
  /** When it came, ms since the epoch: the time of a record without one. */
  readonly nowMs: number;
  /** Fluent's tag; empty: none. */
  readonly tag: string;
  /** What holds for a group of records, by OpenTelemetry's names. */
  readonly resource?: RecordFields;
}

/** Fluent Bit's own key for the time; no part of what was logged. */
const AGENT_TIME = 'date';
/** Keys of a record's time, the best first. */
const TIME_KEYS: readonly string[] = [AGENT_TIME, '@timestamp', 'timestamp', 'time', 'ts'];
/** The raw line, as container runtimes and Fluent Bit's tail name it. */
const LINE_KEY = 'log';
const MESSAGE_KEYS: readonly string[] = ['message', 'msg', 'MESSAGE'];
const KUBERNETES = 'kubernetes';

/** Fields of few values and the stream label each becomes; with dots also members of an object. */
const LABEL_OF: ReadonlyMap<string, string> = new Map([
  ['service', 'service'],
  ['service_name', 'service_name'],
  ['service.name', 'service_name'],
  ['service.namespace', 'service_namespace'],
  ['service.environment', 'environment'],
  ['app', 'app'],
  ['app_name', 'app'],
  ['application', 'application'],
  ['SYSLOG_IDENTIFIER', 'app'],
  ['component', 'component'],
  ['namespace', 'namespace'],
  ['pod', 'pod'],
  ['pod_name', 'pod'],
  ['container', 'container'],
  ['container_name', 'container'],
  ['container.name', 'container'],
  ['host', 'host'],
  ['hostname', 'host'],
  ['host.name', 'host'],
  ['_HOSTNAME', 'host'],
  ['node', 'node'],
  ['_SYSTEMD_UNIT', 'unit'],
  ['job', 'job'],
  ['env', 'env'],
  ['environment', 'environment'],
  ['cluster', 'cluster'],
  ['region', 'region'],
  ['zone', 'zone'],
  ['k8s.namespace.name', 'namespace'],
  ['k8s.pod.name', 'pod'],
  ['k8s.container.name', 'container'],
  ['deployment.environment', 'environment'],
  ['deployment.environment.name', 'environment'],
]);
/** Objects whose members may be labels. */
const LABEL_OBJECTS: ReadonlySet<string> = new Set(['service', 'container', 'host']);
/** Without any of these labels a stream is named by its tag. */
const SERVICE_LABELS: ReadonlySet<string> = new Set([
  'service',
  'service_name',
  'app',
  'application',
  'component',
  'container',
  'job',
]);
/** Longer values are no label's. */
const LABEL_CHARACTERS = 256;
/** What runtimes and agents add to a record besides: it does not make a message a structured record. */
const AGENT_KEYS: ReadonlySet<string> = new Set([
  ...TIME_KEYS,
  KUBERNETES,
  'stream',
  'tag',
  'logtag',
  '_p',
  '@version',
  'agent',
  'ecs',
  'input',
  'docker',
  'log',
]);
/** Fields of the systemd journal. */
const JOURNAL_KEY = /^_{0,2}[A-Z][A-Z0-9_]*$/;

/**
 * A structured record as a log record. Its labels are the fields that say where it comes from. Its line is `log` when
 * that is text; or the message, when beside it there is only what agents add; or the whole record as JSON. What is not in
 * the line becomes attributes, nested names joined by dots.
 */
export function recordOf(fields: RecordFields, origin: RecordOrigin): LogRecord {
  const labels = recordLabels(fields);
  const attributes = [...kubernetesFields(fields[KUBERNETES]).attributes];
  for (const [label, text] of labelFields(origin.resource ?? {})) if (!labels.has(label)) labels.set(label, text);
  for (const [name, value] of Object.entries(origin.resource ?? {})) appendFlattened(attributes, name, value);
  if (origin.tag !== '') {
    if ([...labels.keys()].some((label) => SERVICE_LABELS.has(label))) attributes.push(['fluent.tag', origin.tag]);
    else labels.set('job', origin.tag);
  }
  const lineKey = keyOfLine(fields);
  const entries = Object.entries(fields).filter(([key]) => key !== KUBERNETES && key !== AGENT_TIME);
  let line: string;
  if (lineKey === undefined) line = jsonText(Object.fromEntries(entries));
  else {
    line = (scalarText(fields[lineKey]) ?? '').replace(/\r?\n$/, '');
    for (const [key, value] of entries) if (key !== lineKey) appendFlattened(attributes, key, value);
  }
  const { seconds, nanoseconds } = origin.moment ?? ownMoment(fields) ?? momentOfMs(origin.nowMs);
  return { labels: [...labels], seconds, nanoseconds, line, attributes, severity: journalSeverity(fields) };
}

/** The stream labels of a structured record: the fields that say where it comes from. */
export function recordLabels(fields: RecordFields): Map<string, string> {
  const labels = new Map(kubernetesFields(fields[KUBERNETES]).labels);
  for (const [label, text] of labelFields(fields)) if (!labels.has(label)) labels.set(label, text);
  return labels;
}

/** The journal's PRIORITY, a severity of syslog (systemd.journal-fields(7)). */
function journalSeverity({ PRIORITY, MESSAGE }: RecordFields): number {
  const isOne = isText(MESSAGE) && /^[0-7]$/.test(scalarText(PRIORITY) ?? '');
  return isOne ? severityOfSyslog(Number(PRIORITY)) : SEVERITY_UNKNOWN;
}

/** The field that is the line; undefined: the record is. */
function keyOfLine(fields: RecordFields): string | undefined {
  if (isText(fields[LINE_KEY])) return LINE_KEY;
  const message = MESSAGE_KEYS.find((key) => isText(fields[key]));
  if (message === undefined) return undefined;
  const plain = Object.keys(fields).every(
    (key) => key === message || AGENT_KEYS.has(key) || LABEL_OF.has(key) || JOURNAL_KEY.test(key),
  );
  return plain ? message : undefined;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array;
}

function labelFields(fields: RecordFields): [label: string, text: string][] {
  const found: [string, string][] = [];
  const note = (name: string, value: unknown): void => {
    const label = LABEL_OF.get(name);
    const text = label === undefined ? '' : (scalarText(value) ?? '');
    if (label !== undefined && text !== '' && text.length <= LABEL_CHARACTERS) found.push([label, text]);
  };
  for (const [name, value] of Object.entries(fields)) {
    if (LABEL_OBJECTS.has(name) && isJsonObject(value))
      for (const [member, inner] of Object.entries(value)) note(`${name}.${member}`, inner);
    else note(name, value);
  }
  return found;
}

function ownMoment(fields: RecordFields): Moment | undefined {
  for (const key of TIME_KEYS) {
    const moment = momentOf(fields[key]);
    if (moment !== undefined) return moment;
  }
  return undefined;
}
