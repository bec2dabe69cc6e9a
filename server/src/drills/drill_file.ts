import {
  ConfigFileError,
  durationMs,
  entries,
  fail,
  flag,
  list,
  parseYaml,
  record,
  text,
  texts,
  type YamlValue,
} from '../base/yaml_reader.ts';

/** A drill as it is written. Durations are ms. */
export interface Drill {
  readonly name: string;
  /** Empty: the rule of that name in whatever group. */
  readonly group: string;
  readonly alert: string;
  readonly cause: DrillCause;
  readonly expect: DrillExpectations;
  /** Told instead of the true receiver; empty: the true one. */
  readonly receiverUrl: string;
  readonly deadlines: DrillDeadlines;
}

/** What makes the rule true. */
export type DrillCause =
  | {
      readonly kind: 'inject';
      readonly intervalMs: number;
      readonly series: readonly InjectedSeries[];
      readonly logs: readonly InjectedLines[];
    }
  | {
      readonly kind: 'fault';
      readonly on: FaultSwitch;
      readonly off: FaultSwitch;
      readonly holdMs: number | undefined;
    };

/** One line of `input_series` of a unit test. */
export interface InjectedSeries {
  readonly series: string;
  readonly values: string;
}

/** A line that comes again and again in a stream: of each interval how often, in the notation of series. */
export interface InjectedLines {
  readonly stream: ReadonlyMap<string, string>;
  readonly line: string;
  readonly counts: string;
}

export interface FaultSwitch {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
}

export const EVIDENCE = ['graph', 'logs', 'trace', 'patterns', 'changes'] as const;
export type EvidenceName = (typeof EVIDENCE)[number];

export interface DrillExpectations {
  /** Empty: whatever receiver the routes say. */
  readonly receiver: string;
  readonly runbook: 'none' | 'link' | 'opens';
  readonly evidence: readonly EvidenceName[];
  /** `by` empty: whoever it is. */
  readonly acknowledged: { readonly withinMs: number; readonly by: string } | undefined;
  /** `to` empty: whoever it is. */
  readonly escalated: { readonly withinMs: number; readonly to: string } | undefined;
}

/** How long each hop may take; undefined: what the rule and the route make of it. */
export interface DrillDeadlines {
  readonly seriesMs: number;
  readonly pendingMs: number;
  readonly firingMs: number | undefined;
  readonly receiverMs: number | undefined;
  readonly resolvedMs: number;
  readonly toldMs: number | undefined;
}

const MOST_DRILLS = 50;
const MOST_SERIES = 1_000;
const LONGEST_MS = 6 * 3_600_000;
const DEFAULTS = { seriesMs: 60_000, pendingMs: 10 * 60_000, resolvedMs: 20 * 60_000 } as const;

/** Reads a file of drills. Throws ConfigFileError. */
export function parseDrills(source: string): readonly Drill[] {
  const root = parseYaml(source);
  const entries = list(record(root, ['drills']).get('drills'));
  if (entries.length === 0) throw new ConfigFileError(1, 'drills: there is none');
  if (entries.length > MOST_DRILLS) throw new ConfigFileError(1, `drills: more than ${MOST_DRILLS}`);
  const drills = entries.map(drillOf);
  const repeated = drills.findIndex(({ name }, i) => drills.findIndex((other) => other.name === name) < i);
  if (repeated !== -1) throw fail(entries[repeated] as YamlValue, `a drill of this name stands above already`);
  return drills;
}

type Keys = ReadonlyMap<string, YamlValue>;

const textAt = (keys: Keys, key: string): string => {
  const value = keys.get(key);
  return value === undefined ? '' : text(value);
};

function drillOf(entry: YamlValue): Drill {
  const keys = record(entry, ['name', 'group', 'alert', 'inject', 'fault', 'hold', 'expect', 'receiver', 'deadlines']);
  const alert = textAt(keys, 'alert');
  if (alert === '') throw fail(entry, 'alert: the name of an alerting rule is required');
  const [inject, fault, hold] = [keys.get('inject'), keys.get('fault'), keys.get('hold')];
  if ((inject === undefined) === (fault === undefined)) throw fail(entry, 'either inject or fault is required');
  if (inject !== undefined && hold !== undefined)
    throw fail(hold, 'only a fault is held: injected telemetry has a time of its own');
  const receiverUrl = textAt(keys, 'receiver');
  if (receiverUrl !== '') checkUrl(receiverUrl, keys.get('receiver') ?? entry);
  return {
    name: textAt(keys, 'name') || alert,
    group: textAt(keys, 'group'),
    alert,
    cause: inject === undefined ? faultOf(fault ?? entry, hold) : injectOf(inject),
    expect: expectOf(keys.get('expect')),
    receiverUrl,
    deadlines: deadlinesOf(keys.get('deadlines')),
  };
}

function injectOf(value: YamlValue): DrillCause {
  const keys = record(value, ['interval', 'series', 'logs']);
  const series = list(keys.get('series')).map((one): InjectedSeries => {
    const line = record(one, ['series', 'values']);
    return { series: textAt(line, 'series'), values: textAt(line, 'values') };
  });
  const logs = list(keys.get('logs')).map((one): InjectedLines => {
    const lines = record(one, ['stream', 'line', 'counts']);
    const stream = lines.get('stream');
    if (stream === undefined) throw fail(one, 'stream: the labels of the stream are required');
    const labels = new Map(entries(stream).map(([name, label]) => [name, text(label)]));
    return { stream: labels, line: textAt(lines, 'line'), counts: textAt(lines, 'counts') };
  });
  if (series.length + logs.length === 0) throw fail(value, 'neither series nor logs are injected');
  if (series.length + logs.length > MOST_SERIES) throw fail(value, `more than ${MOST_SERIES} series and streams`);
  return { kind: 'inject', intervalMs: bounded(keys.get('interval'), 60_000), series, logs };
}

function faultOf(value: YamlValue, hold: YamlValue | undefined): DrillCause {
  const keys = record(value, ['on', 'off']);
  const holdMs = hold === undefined ? undefined : bounded(hold, 0);
  return { kind: 'fault', on: switchOf(keys, 'on', value), off: switchOf(keys, 'off', value), holdMs };
}

/** `POST http://…`, or an address alone, which is posted to. */
function switchOf(keys: Keys, key: string, otherwise: YamlValue): FaultSwitch {
  const written = textAt(keys, key);
  const at = keys.get(key) ?? otherwise;
  const match = /^(?:(GET|POST|PUT) +)?(\S+)$/.exec(written);
  if (match === null)
    throw fail(at, `${key} must be an address, as in POST http://127.0.0.1:18080/faults/timeout_error/on`);
  const [, method = 'POST', url = ''] = match;
  checkUrl(url, at);
  return { method: method as FaultSwitch['method'], url };
}

function checkUrl(url: string, at: YamlValue): void {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw fail(at, `${JSON.stringify(url)} is not an http(s) address`);
}

function expectOf(value: YamlValue | undefined): DrillExpectations {
  const known = ['receiver', 'runbook', 'evidence', 'acknowledged', 'escalated'];
  const keys: Keys = value === undefined ? new Map() : record(value, known);
  const [runbook, evidence] = [keys.get('runbook'), keys.get('evidence')];
  return {
    receiver: textAt(keys, 'receiver'),
    runbook: runbook === undefined ? 'none' : runbookOf(runbook),
    evidence: evidence === undefined ? [] : texts(evidence).map((name) => evidenceOf(name, evidence)),
    acknowledged: within(keys.get('acknowledged'), 'by', ({ withinMs, who }) => ({ withinMs, by: who })),
    escalated: within(keys.get('escalated'), 'to', ({ withinMs, who }) => ({ withinMs, to: who })),
  };
}

function runbookOf(value: YamlValue): DrillExpectations['runbook'] {
  const written = text(value);
  if (written === 'link' || written === 'opens') return written;
  return flag(value, false) ? 'link' : 'none';
}

function evidenceOf(name: string, at: YamlValue): EvidenceName {
  const found = EVIDENCE.find((one) => one === name);
  if (found === undefined) throw fail(at, `no evidence is called ${name}; there is ${EVIDENCE.join(', ')}`);
  return found;
}

function within<Made>(
  value: YamlValue | undefined,
  whoKey: string,
  make: (read: { readonly withinMs: number; readonly who: string }) => Made,
): Made | undefined {
  if (value === undefined) return undefined;
  const keys = record(value, ['within', whoKey]);
  if (!keys.has('within')) throw fail(value, 'within: a duration is required');
  return make({ withinMs: bounded(keys.get('within'), 0), who: textAt(keys, whoKey) });
}

function deadlinesOf(value: YamlValue | undefined): DrillDeadlines {
  const keys: Keys =
    value === undefined ? new Map() : record(value, ['series', 'pending', 'firing', 'receiver', 'resolved', 'told']);
  const at = (key: string): number | undefined => (keys.has(key) ? bounded(keys.get(key), 0) : undefined);
  return {
    seriesMs: at('series') ?? DEFAULTS.seriesMs,
    pendingMs: at('pending') ?? DEFAULTS.pendingMs,
    firingMs: at('firing'),
    receiverMs: at('receiver'),
    resolvedMs: at('resolved') ?? DEFAULTS.resolvedMs,
    toldMs: at('told'),
  };
}

/** A duration of at least a second. */
function bounded(value: YamlValue | undefined, otherwise: number): number {
  const read = durationMs(value, otherwise);
  if (value !== undefined && (read < 1_000 || read > LONGEST_MS)) throw fail(value, 'must be between 1s and 6h');
  return read;
}
