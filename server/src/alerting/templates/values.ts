import {
  entriesOf,
  GoDuration,
  GoTime,
  type GoType,
  itemsOf,
  type Method,
  Named,
  sortedMap,
  stringMap,
  struct,
  text,
  type Value,
  ZERO_TIME,
} from '@trilith/lang/template';
import { alertJson, dataJson, goTimeText, type KeyValues, type TemplateAlert, type TemplateData } from './data.ts';
import type { Evidence } from './evidence_data.ts';

/** The data of a notification as templates see it: Go's types of alertmanager/template with their methods. */

const methods = (made: Readonly<Record<string, Method>>): ReadonlyMap<string, Method> => new Map(Object.entries(made));

/** `alertname` first, then by name (KV.SortedPairs). */
function sortedPairs(values: Named): [string, string][] {
  const pairs = [...(entriesOf(values) ?? [])].map(([name, value]): [string, string] => [name, text(value)]);
  const rank = (name: string): string => (name === 'alertname' ? '' : name);
  return pairs.sort(([a], [b]) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}

const pair = ([name, value]: [string, string]): Named => struct('template.Pair', { Name: name, Value: value });
const names = (pairs: readonly [string, string][]): Value => pairs.map(([name]) => name);
const valuesOf = (pairs: readonly [string, string][]): Value => pairs.map(([, value]) => value);
const fieldsOf = (pairs: Named): [string, string][] =>
  (itemsOf(pairs) ?? []).map((item) => {
    const fields = entriesOf(item);
    return [text(fields?.get('Name')), text(fields?.get('Value'))];
  });
const shown = (pairs: readonly [string, string][]): string =>
  pairs.map(([name, value]) => `${name}=${value}`).join(', ');

const PAIRS: GoType = {
  name: 'template.Pairs',
  methods: methods({
    Names: (pairs) => names(fieldsOf(pairs)),
    Values: (pairs) => valuesOf(fieldsOf(pairs)),
    String: (pairs) => shown(fieldsOf(pairs)),
  }),
};

const KV: GoType = {
  name: 'template.KV',
  missing: '',
  methods: methods({
    SortedPairs: (values) => new Named(PAIRS, sortedPairs(values).map(pair)),
    Names: (values) => names(sortedPairs(values)),
    Values: (values) => valuesOf(sortedPairs(values)),
    String: (values) => shown(sortedPairs(values)),
    Remove: (values, [removed = null]) => {
      const gone = new Set((itemsOf(removed) ?? []).map(text));
      return stringMap(
        sortedPairs(values).filter(([name]) => !gone.has(name)),
        KV,
      );
    },
  }),
};

const ALERT_LIST: GoType = { name: '[]template.Alert' };
const withStatus = (alerts: Named, status: string): Named =>
  new Named(
    ALERT_LIST,
    (itemsOf(alerts) ?? []).filter((alert) => entriesOf(alert)?.get('Status') === status),
  );
const ALERTS: GoType = {
  name: 'template.Alerts',
  methods: methods({
    Firing: (alerts) => withStatus(alerts, 'firing'),
    Resolved: (alerts) => withStatus(alerts, 'resolved'),
  }),
};

const keyValues = (values: KeyValues): Named => stringMap(values, KV);
const timeOf = (ms: number): GoTime => (ms === 0 ? ZERO_TIME : new GoTime(BigInt(Math.round(ms * 1000)) * 1_000n));

/** The JSON of values that are data of a notification: fields have other names there. */
const JSON_OF = new WeakMap<Named, unknown>();

function alertValue(alert: TemplateAlert): Named {
  const value = struct('template.Alert', {
    Status: alert.status,
    Labels: keyValues(alert.labels),
    Annotations: keyValues(alert.annotations),
    StartsAt: timeOf(alert.startsAtMs),
    EndsAt: timeOf(alert.endsAtMs),
    GeneratorURL: alert.generatorUrl,
    Fingerprint: alert.fingerprint,
    Missed: alert.missed,
  });
  JSON_OF.set(value, alertJson(alert));
  return value;
}

function evidenceValue(evidence: Evidence): Named {
  return struct('template.Evidence', {
    GraphURL: evidence.graphUrl,
    HasGraph: evidence.graphPng !== undefined,
    Expression: evidence.expression,
    LogLines: evidence.logLines.map(({ timeMs, level, text: line }) =>
      struct('template.LogLine', { Time: timeOf(timeMs), Level: level, Text: line }),
    ),
    LogsURL: evidence.logsUrl,
    TraceID: evidence.traceId,
    TraceURL: evidence.traceUrl,
    NewPatterns: [...evidence.newPatterns],
    Changes: evidence.changes.map(({ timeMs, title, url }) =>
      struct('template.Change', { Time: timeOf(timeMs), Title: title, URL: url }),
    ),
    RunbookURL: evidence.runbookUrl,
  });
}

/** The dot of every template of a notification. */
export function dataValue(data: TemplateData): Named {
  const value = struct('template.Data', {
    Receiver: data.receiver,
    Status: data.status,
    Alerts: new Named(ALERTS, data.alerts.map(alertValue)),
    NotificationReason: data.notificationReason,
    GroupLabels: keyValues(data.groupLabels),
    CommonLabels: keyValues(data.commonLabels),
    CommonAnnotations: keyValues(data.commonAnnotations),
    ExternalURL: data.externalUrl,
    AcknowledgeURL: data.acknowledgeUrl,
    Evidence: evidenceValue(data.evidence),
  });
  JSON_OF.set(value, dataJson(data));
  return value;
}

/** What `toJson` gives: Go's encoding/json of the value, with `<`, `>` and `&` escaped as it escapes them. */
export function toJsonText(value: Value): string {
  return JSON.stringify(jsonOf(value)).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function jsonOf(value: Value): unknown {
  if (value instanceof GoTime) return goTimeText(value === ZERO_TIME ? 0 : Number(value.ns / 1_000_000n));
  if (value instanceof GoDuration || typeof value === 'bigint')
    return Number(value instanceof GoDuration ? value.ns : value);
  if (value instanceof Named) {
    const known = JSON_OF.get(value);
    if (known !== undefined) return known;
    if (typeof value.data === 'string') return value.data;
  }
  const items = itemsOf(value);
  if (items !== undefined) return items.map(jsonOf);
  const fields = entriesOf(value);
  if (fields === undefined) return value;
  return Object.fromEntries([...sortedMap(fields)].map(([name, item]) => [name, jsonOf(item)]));
}
