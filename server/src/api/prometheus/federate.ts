import { formatNumberShort, isLegacyLabelName, isLegacyMetricName } from '@trilith/lang/promql';
import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import { type Labels, labelsKey } from '../../model/labels.ts';
import type { TenantMetrics } from '../../query/index.ts';
import { externalLabels } from './external_labels.ts';
import { classicBuckets, type Family, familiesOf, type LastSample, lastSamples } from './families.ts';
import { encodeFamilies } from './federate_protobuf.ts';
import { selector } from './parameters.ts';

/** How far back a last sample may lie (upstream's --query.lookback-delta). */
const LOOKBACK_MS = 300_000;

/**
 * `/federate`: the last sample of every selected series, for another Prometheus to scrape (web/federate.go). Native
 * histograms go out in the protobuf format only, those with custom buckets as classic histograms in both.
 */
export async function federate(
  { query, headers, signal }: HttpRequest,
  metrics: TenantMetrics,
  nowMs: number,
): Promise<HttpResponse> {
  const range = { fromMs: nowMs - LOOKBACK_MS, toMs: nowMs };
  const external = externalLabels(headers);
  const byLabels = new Map<string, LastSample>();
  for (const matchers of query.getAll('match[]').map((text) => selector(text))) {
    const set = await metrics.samples(matchers, range, signal);
    for (const sample of lastSamples(set, external)) byLabels.set(labelsKey(sample.labels), sample);
  }
  const { protobuf, utf8 } = negotiate(headers.accept ?? '');
  const families = familiesOf([...byLabels.values()], protobuf);
  const escaping = utf8 ? 'allow-utf-8' : 'underscores';
  if (protobuf) {
    const type = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
    return {
      status: 200,
      headers: { 'content-type': `${type}; escaping=${escaping}` },
      body: encodeFamilies(families, (name) => (utf8 ? name : escapeName(name))),
    };
  }
  return {
    status: 200,
    headers: { 'content-type': `text/plain; version=${utf8 ? '1.0.0' : '0.0.4'}; charset=utf-8; escaping=${escaping}` },
    body: families.map((family) => text(family, utf8)).join(''),
  };
}

function text({ name, type, samples }: Family, utf8: boolean): string {
  const shown = utf8 || isLegacyMetricName(name) ? name : escapeName(name);
  const quoted = isLegacyMetricName(shown) ? shown : JSON.stringify(shown);
  let out = `# TYPE ${quoted} ${type === 'gauge_histogram' ? 'histogram' : type}\n`;
  for (const { labels, timeMs, value, histogram } of samples) {
    const pairs = pairsOf(labels, utf8);
    if (histogram === undefined) out += `${series(shown, '', pairs)} ${formatNumberShort(value)} ${timeMs}\n`;
    else {
      for (const [bound, count] of classicBuckets(histogram)) {
        const le = [...pairs, `le="${bound === Number.POSITIVE_INFINITY ? '+Inf' : formatNumberShort(bound)}"`];
        out += `${series(shown, '_bucket', le)} ${formatNumberShort(count)} ${timeMs}\n`;
      }
      out += `${series(shown, '_sum', pairs)} ${formatNumberShort(histogram.sum)} ${timeMs}\n`;
      out += `${series(shown, '_count', pairs)} ${formatNumberShort(histogram.count)} ${timeMs}\n`;
    }
  }
  return out;
}

function series(name: string, suffix: string, pairs: readonly string[]): string {
  const full = name + suffix;
  const labels = isLegacyMetricName(full) ? pairs : [quoteText(full), ...pairs];
  const shown = labels.length === 0 ? '' : `{${labels.join(',')}}`;
  return isLegacyMetricName(full) ? full + shown : shown;
}

function pairsOf(labels: Labels, utf8: boolean): readonly string[] {
  const pairs: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] as string;
    if (name === '__name__') continue;
    const shown = isLegacyLabelName(name) ? name : utf8 ? quoteText(name) : escapeName(name);
    pairs.push(`${shown}=${quoteText(labels[i + 1] as string)}`);
  }
  return pairs;
}

const quoteText = (value: string): string =>
  `"${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;

/** What older readers understand of a name: letters, digits and underscores. */
const escapeName = (name: string): string =>
  Array.from(name, (letter, i) => (/[A-Za-z_:]/.test(letter) || (i > 0 && /\d/.test(letter)) ? letter : '_')).join('');

/** The format a scraper prefers, by its weights (expfmt.Negotiate). */
function negotiate(accept: string): { readonly protobuf: boolean; readonly utf8: boolean } {
  const clauses = accept.split(',').map((clause) => {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim().toLowerCase());
    const named = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]));
    return { type, named, weight: Number(named.get('q') ?? 1) };
  });
  for (const { type, named } of clauses.sort((a, b) => b.weight - a.weight)) {
    const utf8 = named.get('escaping') === 'allow-utf-8';
    const delimited =
      named.get('proto') === 'io.prometheus.client.metricfamily' && named.get('encoding') === 'delimited';
    if (type === 'application/vnd.google.protobuf' && delimited) return { protobuf: true, utf8 };
    if (type === 'text/plain') return { protobuf: false, utf8 };
  }
  return { protobuf: false, utf8: false };
}
