import { parseDuration } from '@trilith/lang/logql';
import { draftOf } from '../alerts/rules/draftRule.ts';
import { condition, type FormConditions } from './formQuery.ts';

/** What of the selected spans is watched. */
export type Watched = 'rate' | 'errors' | 'durations';

/** The share of failed spans from which the service map is red. */
const errorShare = 0.05;
/** A rate below this share of that a day before. */
const rateShare = 0.5;
/** Without a duration to begin with. */
const defaultSeconds = 1;
const forSeconds = { rate: 600, errors: 300, durations: 300 } as const;

const noConditions: FormConditions = {
  service: '',
  operation: '',
  kind: '',
  status: '',
  min: '',
  max: '',
  attributes: [],
};

/** What a search is mostly about: durations when it bounds them, errors when it asks for them, else how many there are. */
export function watchedBy(form: FormConditions | null): Watched {
  if (form === null) return 'errors';
  if (form.min !== '') return 'durations';
  return form.status === 'error' ? 'errors' : 'rate';
}

/** Conditions of a search that series made from spans cannot tell, as TraceQL writes them. */
export function unknownToMetrics(query: string, form: FormConditions | null, watched: Watched): readonly string[] {
  if (form === null) return [query];
  return [
    ...(form.kind === 'root' ? ['nestedSetParent < 0'] : []),
    ...(form.min !== '' && watched !== 'durations' ? [`duration >= ${form.min}`] : []),
    ...(form.max !== '' ? [`duration <= ${form.max}`] : []),
    ...form.attributes.map((pair) => {
      const [, key = '', operator, value = ''] = /^(.*?)(!?=)(.*)$/s.exec(pair) ?? [];
      return condition(key, operator === '!=' ? '!=' : '=', value);
    }),
  ];
}

/** Matchers of the series of the spans a form selects, with one more; those of errors tell the status themselves. */
function selectorOf(form: FormConditions, watched: Watched, more: readonly string[] = []): string {
  const status = {
    '': [],
    error: ['status_code="STATUS_CODE_ERROR"'],
    ok: ['status_code!="STATUS_CODE_ERROR"'],
  } as const;
  const matchers = [
    ...(form.service === '' ? [] : [`service=${JSON.stringify(form.service)}`]),
    ...(form.operation === '' ? [] : [`span_name=${JSON.stringify(form.operation)}`]),
    ...(form.kind === '' || form.kind === 'root' ? [] : [`span_kind="SPAN_KIND_${form.kind.toUpperCase()}"`]),
    ...(watched === 'errors' ? [] : status[form.status]),
    ...more,
  ];
  return matchers.length === 0 ? '' : `{${matchers.join(',')}}`;
}

function rateExpression(form: FormConditions): string {
  const selector = `traces_spanmetrics_calls_total${selectorOf(form, 'rate')}`;
  const before = `sum by (service) (rate(${selector}[5m] offset 1d))`;
  // An operation that counts nothing any more loses its series: it counts as zero.
  return `(sum by (service) (rate(${selector}[5m])) or ${before} * 0)\n  < ${rateShare} * ${before}`;
}

function errorsExpression(form: FormConditions): string {
  const failed = selectorOf(form, 'errors', ['status_code="STATUS_CODE_ERROR"']);
  return [
    `sum by (service) (rate(traces_spanmetrics_calls_total${failed}[5m]))`,
    `  / sum by (service) (rate(traces_spanmetrics_calls_total${selectorOf(form, 'errors')}[5m])) > ${errorShare}`,
  ].join('\n');
}

function durationsExpression(form: FormConditions, usualMs: number | null): string {
  const least = form.min === '' ? undefined : parseDuration(form.min);
  const twice = usualMs === null || usualMs <= 0 ? defaultSeconds : Number(((2 * usualMs) / 1000).toPrecision(2));
  const rates = `sum by (service, le) (rate(traces_spanmetrics_latency_bucket${selectorOf(form, 'durations')}[5m]))`;
  return `histogram_quantile(0.95, ${rates}) > ${least === undefined ? twice : least / 1e9}`;
}

const titles: Readonly<Record<Watched, { readonly name: string; readonly summary: string }>> = {
  rate: {
    name: 'SpanRateDropped',
    summary: '{{ $labels.service }}: {{ $value | humanize }} spans a second, less than half of a day before',
  },
  errors: {
    name: 'SpanErrors',
    summary: '{{ $labels.service }}: {{ $value | humanizePercentage }} of spans fail',
  },
  durations: { name: 'SpansSlow', summary: '{{ $labels.service }}: p95 is {{ $value | humanizeDuration }}' },
};

/**
 * A rule over the series made from spans (docs/span-metrics.md) that fires when the spans of a search are fewer than a
 * day before, fail, or are slow: a group of a rule file, to be changed to taste.
 * @param form the search; null when it says more than a form can: then all services are watched
 * @param usualMs p95 of the durations as they are, ms; twice as much is slow unless the search says from when
 */
export function spanAlertOf(
  watched: Watched,
  query: string,
  form: FormConditions | null,
  usualMs: number | null,
): string {
  const known = form ?? noConditions;
  const expression = {
    rate: () => rateExpression(known),
    errors: () => errorsExpression(known),
    durations: () => durationsExpression(known, usualMs),
  }[watched]();
  const { name, summary } = titles[watched];
  const unknown = unknownToMetrics(query, form, watched);
  const description = `From the search ${query}${unknown.length === 0 ? '' : `, without ${unknown.join(', ')}`}`;
  return draftOf(
    { name: known.service === '' ? 'spans' : `spans of ${known.service}`, interval: 0 },
    {
      name,
      query: expression,
      duration: forSeconds[watched],
      keepFiringFor: 0,
      labels: { severity: 'ticket' },
      annotations: { summary, description: description.replaceAll('{{', '{ {') },
    },
  );
}
