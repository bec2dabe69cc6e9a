import { labelValue, type Matcher } from '../../model/labels.ts';
import type { StoredSpan } from '../../store/index.ts';
import type { TenantMetrics } from '../promql/tenant_metrics.ts';
import type { TimeRange } from '../series_index.ts';
import { type MetricPanel, panelsFor } from './panels.ts';
import { matcherText, type Subject, subjectsOf } from './subjects.ts';

/** A subject with the metrics that were found for it. */
export interface MeasuredSubject extends Omit<Subject, 'candidates'> {
  /** The matchers that found them, as PromQL; empty when none did. */
  readonly foundBy: string;
  readonly tried: readonly string[];
  readonly panels: readonly MetricPanel[];
}

/**
 * Pods, hosts, databases and whatever else spans name, each with the graphs of its metrics: names of resource attributes
 * and of metric labels are brought together, nothing is configured. Answered from the index of series.
 * Throws PromqlError and StoreError.
 */
export async function measuredSubjects(
  metrics: Pick<TenantMetrics, 'labelValues' | 'series'>,
  spans: readonly StoredSpan[],
  range: TimeRange,
): Promise<readonly MeasuredSubject[]> {
  return Promise.all(subjectsOf(spans).map((subject) => measured(metrics, subject, range)));
}

async function measured(
  metrics: Pick<TenantMetrics, 'labelValues' | 'series'>,
  { candidates, ...subject }: Subject,
  range: TimeRange,
): Promise<MeasuredSubject> {
  const tried: string[] = [];
  const all =
    subject.kind === 'host' ? [...(await nodeInstances(metrics, subject.name, range)), ...candidates] : candidates;
  for (const matchers of all) {
    const text = matcherText(matchers);
    tried.push(text);
    const names = await metrics.labelValues('__name__', [matchers], range);
    const panels = names.size === 0 ? [] : panelsFor(subject.kind, text, new Set(names.keys()));
    if (panels.length > 0) return { ...subject, foundBy: text, tried, panels };
  }
  return { ...subject, foundBy: '', tried, panels: [] };
}

/** The instances that a node exporter says to be this host: its own address need not be the host's name. */
async function nodeInstances(
  metrics: Pick<TenantMetrics, 'series'>,
  host: string,
  range: TimeRange,
): Promise<readonly (readonly Matcher[])[]> {
  const named: readonly Matcher[] = [
    { name: '__name__', operator: '=', value: 'node_uname_info' },
    { name: 'nodename', operator: '=', value: host },
  ];
  const instances = (await metrics.series([named], range)).map((labels) => labelValue(labels, 'instance'));
  return [...new Set(instances)]
    .filter((instance) => instance !== '')
    .map((value) => [{ name: 'instance', operator: '=', value }]);
}

/** An alert of the series ALERTS. */
export interface FiringAlert {
  readonly name: string;
  readonly labels: readonly string[];
}

const MOST_ALERTS = 50;
/** Labels of an alert that name where it fires. */
const PLACES = ['service', 'service_name', 'job', 'app', 'pod', 'instance', 'namespace', 'node'];

/**
 * Alerts that were firing at a moment (the series ALERTS, as Prometheus and compatible rulers write them) and name one of
 * these places or none at all. Throws PromqlError and StoreError.
 */
export async function firingAlerts(
  metrics: Pick<TenantMetrics, 'query'>,
  places: ReadonlySet<string>,
  timeMs: number,
  signal: AbortSignal,
): Promise<readonly FiringAlert[]> {
  const { series } = await metrics.query({
    query: 'ALERTS{alertstate="firing"}',
    startMs: timeMs,
    endMs: timeMs,
    stepMs: 0,
    signal,
  });
  return series
    .filter(({ labels }) => {
      const named = PLACES.map((label) => labelValue(labels, label)).filter((value) => value !== '');
      return named.length === 0 || named.some((value) => places.has(value));
    })
    .slice(0, MOST_ALERTS)
    .map(({ labels }) => ({ name: labelValue(labels, 'alertname'), labels }));
}
