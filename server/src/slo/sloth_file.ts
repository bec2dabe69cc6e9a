import { decimal, flag, list, type YamlValue } from '../base/yaml_reader.ts';
import { type Keys, keysOf, labelsOf, plain, textOf } from './keys.ts';
import {
  type AlertPlan,
  type Indicator,
  type Objective,
  ObjectiveError,
  type PluginChain,
  type PluginStep,
} from './objective.ts';
import { sliPlugin } from './sli_plugins.ts';

/** The names of keys in the two spellings: files for the command line, and objects of Kubernetes. */
export interface SlothKeys {
  readonly errorQuery: string;
  readonly totalQuery: string;
  readonly errorRatioQuery: string;
  readonly pageAlert: string;
  readonly ticketAlert: string;
  readonly groupPlugins: string;
}

export const FILE_KEYS: SlothKeys = {
  errorQuery: 'error_query',
  totalQuery: 'total_query',
  errorRatioQuery: 'error_ratio_query',
  pageAlert: 'page_alert',
  ticketAlert: 'ticket_alert',
  groupPlugins: 'slo_plugins',
};

export const OBJECT_KEYS: SlothKeys = {
  errorQuery: 'errorQuery',
  totalQuery: 'totalQuery',
  errorRatioQuery: 'errorRatioQuery',
  pageAlert: 'pageAlert',
  ticketAlert: 'ticketAlert',
  groupPlugins: 'sloPlugins',
};

/** Reads the body that `prometheus/v1` files and `PrometheusServiceLevel` objects share. Throws ObjectiveError, ConfigFileError. */
export function slothObjectives(body: YamlValue, names: SlothKeys, periodMs: number): Objective[] {
  const keys = keysOf(body);
  const service = textOf(keys.get('service'));
  const labels = labelsOf(keys.get('labels'));
  const shared = chainOf(keys.get(names.groupPlugins));
  const slos = list(keys.get('slos'));
  if (slos.length === 0) throw new ObjectiveError('at least one SLO is required', body.line);
  return slos.map((slo): Objective => {
    const of = keysOf(slo);
    const name = textOf(of.get('name'));
    const alerting = keysOf(of.get('alerting'));
    const targetPercent = decimal(of.get('objective'), 0);
    return {
      id: `${service}-${name}`,
      name,
      service,
      description: textOf(of.get('description')),
      targetPercent,
      periodMs,
      labels: new Map([...labels, ...labelsOf(of.get('labels'))]),
      indicator: indicatorOf(of.get('sli') ?? slo, names, new Map(labels)),
      page: planOf(alerting, names.pageAlert),
      ticket: planOf(alerting, names.ticketAlert),
      minimumEvents: 0,
      plugins: joinChains(shared, chainOf(of.get('plugins'))),
    };
  });
}

function indicatorOf(sli: YamlValue, names: SlothKeys, labels: ReadonlyMap<string, string>): Indicator {
  const keys = keysOf(sli);
  const [events, raw, plugin] = ['events', 'raw', 'plugin'].map((name) => keys.get(name));
  const given = [events, raw, plugin].filter((one) => one !== undefined);
  if (given.length === 0) throw new ObjectiveError('at least one SLI type is required', sli.line);
  if (given.length > 1) throw new ObjectiveError('only one SLI type is allowed', sli.line);
  if (events !== undefined) {
    const of = keysOf(events);
    return { kind: 'events', bad: textOf(of.get(names.errorQuery)), total: textOf(of.get(names.totalQuery)) };
  }
  if (raw !== undefined)
    return { kind: 'ratio', badShare: textOf(keysOf(raw).get(names.errorRatioQuery)), counts: undefined };
  const of = keysOf(plugin);
  const counts = sliPlugin(textOf(of.get('id')), new Map(labelsOf(of.get('options'))), labels, sli.line);
  return { kind: 'ratio', badShare: `\n${counts.bad}\n/\n${counts.total}`, counts };
}

function planOf(alerting: Keys, key: string): AlertPlan | undefined {
  const own = keysOf(alerting.get(key));
  if (flag(own.get('disable'), false)) return undefined;
  return {
    name: textOf(alerting.get('name')),
    labels: new Map([...labelsOf(alerting.get('labels')), ...labelsOf(own.get('labels'))]),
    annotations: new Map([...labelsOf(alerting.get('annotations')), ...labelsOf(own.get('annotations'))]),
  };
}

interface OwnChain extends PluginChain {
  /** Leaves out what the group says. */
  readonly alone: boolean;
}

function chainOf(value: YamlValue | undefined): OwnChain {
  const keys = keysOf(value);
  const alone = flag(keys.get('overridePrevious'), false);
  const steps = list(keys.get('chain')).map((step): PluginStep => {
    const of = keysOf(step);
    return {
      id: textOf(of.get('id')),
      priority: decimal(of.get('priority'), 0),
      config: plain(of.get('config')),
      line: step.line,
    };
  });
  return { replacesDefaults: alone, steps, alone };
}

const joinChains = (group: OwnChain, own: OwnChain): PluginChain => ({
  replacesDefaults: group.alone || own.alone,
  steps: own.alone ? own.steps : [...group.steps, ...own.steps],
});
