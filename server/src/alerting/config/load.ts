import {
  ConfigFileError,
  durationMs,
  entries,
  fail,
  isNull,
  list,
  parseYaml,
  record,
  text,
  texts,
  type YamlValue,
} from '../../base/yaml_reader.ts';
import { goQuote } from '../matchers/matcher.ts';
import { type ReceiverGlobals, readGlobals } from '../notify/globals.ts';
import { RECEIVER_SECTIONS, readIntegrations } from '../notify/read_integrations.ts';
import { readInhibitRule, readRoute } from './routes.ts';
import { withoutSecrets } from './secrets.ts';
import { readTimeInterval, type TimeInterval } from './time_intervals.ts';
import type { AlertmanagerConfig, Receiver, RouteConfig } from './types.ts';

const SECTIONS = [
  'global',
  'route',
  'inhibit_rules',
  'receivers',
  'templates',
  'mute_time_intervals',
  'time_intervals',
  'tracing',
  'event_recorder',
];
/** Of Alertmanager's own process: accepted, and of no meaning here. */
const IGNORED = ['tracing', 'event_recorder'];
const RESOLVE_TIMEOUT_MS = 300_000;

/** What is in force where nothing is configured: every alert is kept and shown, nobody is told. */
export const EMPTY_CONFIG_TEXT = 'route:\n  receiver: none\nreceivers:\n  - name: none\n';

/** Reads `alertmanager.yml` and checks it as upstream does (config/config.go). Throws ConfigFileError. */
export function readAlertmanagerConfig(content: string): AlertmanagerConfig {
  const file = parseYaml(content);
  if (isNull(file)) throw new ConfigFileError(1, 'no route provided in config');
  const keys = record(file, SECTIONS);
  const global = keys.get('global');
  const globals = readGlobals(global);
  const route = keys.get('route');
  const config = {
    resolveTimeoutMs: readResolveTimeout(global),
    route: route === undefined || isNull(route) ? undefined : readRoute(route),
    inhibitRules: list(keys.get('inhibit_rules')).map(readInhibitRule),
    receivers: readReceivers(keys.get('receivers'), globals),
    timeIntervals: readTimeIntervals(keys),
    templates: texts(keys.get('templates')),
    ignored: IGNORED.filter((section) => keys.has(section)),
  };
  if (config.route === undefined) throw new ConfigFileError(1, 'no routes provided');
  checkRoot(config.route);
  checkRoutes(config.route, config.receivers, config.timeIntervals);
  return { ...config, route: config.route, text: withoutSecrets(content) };
}

function readResolveTimeout(global: YamlValue | undefined): number {
  if (global === undefined || isNull(global)) return RESOLVE_TIMEOUT_MS;
  return durationMs(new Map(entries(global)).get('resolve_timeout'), RESOLVE_TIMEOUT_MS);
}

function readReceivers(value: YamlValue | undefined, globals: ReceiverGlobals): Map<string, Receiver> {
  const receivers = new Map<string, Receiver>();
  for (const item of list(value)) {
    const keys = record(item, ['name', 'labels', ...RECEIVER_SECTIONS]);
    const written = keys.get('name');
    const name = written === undefined ? '' : text(written);
    if (name === '') throw fail(item, 'missing name in receiver');
    if (receivers.has(name)) throw fail(item, `notification config name ${goQuote(name)} is not unique`);
    const labelled = keys.get('labels');
    const labels = new Map(
      labelled === undefined ? [] : entries(labelled).map(([label, entry]) => [label, text(entry)] as const),
    );
    const named = labels.get('name') ?? name;
    if (named !== name)
      throw fail(item, `receiver label "name" must match receiver name ${goQuote(name)}, got ${goQuote(named)}`);
    labels.set('name', name);
    receivers.set(name, { name, labels, integrations: readIntegrations(keys, globals) });
  }
  return receivers;
}

function readTimeIntervals(keys: ReadonlyMap<string, YamlValue>): Map<string, TimeInterval[]> {
  const intervals = new Map<string, TimeInterval[]>();
  for (const [section, what] of [
    ['mute_time_intervals', 'mute time interval'],
    ['time_intervals', 'time interval'],
  ] as const) {
    for (const item of list(keys.get(section))) {
      const parts = record(item, ['name', 'time_intervals']);
      const written = parts.get('name');
      const name = written === undefined ? '' : text(written);
      if (name === '') throw fail(item, `missing name in ${what}`);
      if (intervals.has(name)) throw fail(item, `${what} ${goQuote(name)} is not unique`);
      intervals.set(name, list(parts.get('time_intervals')).map(readTimeInterval));
    }
  }
  return intervals;
}

function checkRoot(root: RouteConfig): void {
  const refuse = (message: string): never => {
    throw new ConfigFileError(root.line, message);
  };
  if (root.receiver === '') refuse('root route must specify a default receiver');
  if (root.matchers.length > 0) refuse('root route must not have any matchers');
  if (root.muteTimeIntervals.length > 0) refuse('root route must not have any mute time intervals');
  if (root.activeTimeIntervals.length > 0) refuse('root route must not have any active time intervals');
  if (root.continues) refuse('cannot have continue in root route');
}

function checkRoutes(
  route: RouteConfig,
  receivers: ReadonlyMap<string, Receiver>,
  intervals: ReadonlyMap<string, unknown>,
): void {
  for (const child of route.routes) checkRoutes(child, receivers, intervals);
  if (route.receiver !== '' && !receivers.has(route.receiver))
    throw new ConfigFileError(route.line, `undefined receiver ${goQuote(route.receiver)} used in route`);
  for (const name of [...route.activeTimeIntervals, ...route.muteTimeIntervals])
    if (!intervals.has(name))
      throw new ConfigFileError(route.line, `undefined time interval ${goQuote(name)} used in route`);
}
