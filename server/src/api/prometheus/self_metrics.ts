import { RE2JS, RE2JSException } from 're2js';
import { type HttpResponse, jsonResponse } from '../../base/http.ts';
import { BadRequest } from './errors.ts';

interface Metric {
  readonly label: { readonly name: string; readonly value: string }[];
  counter?: { value: number | string };
  gauge?: { value: number | string };
  untyped?: { value: number | string };
  histogram?: Histogram;
}

interface Histogram {
  sampleCount: string;
  sampleSum: number | string;
  readonly bucket: { cumulativeCount: string; upperBound: number | string }[];
}

interface MetricFamily {
  readonly name: string;
  help: string;
  type: string;
  readonly metric: Metric[];
}

/**
 * `/status/self_metrics`: the program's own metrics as JSON of `io.prometheus.client.MetricFamily` (protojson).
 * @param text our own exposition, text format 0.0.4
 */
export function selfMetrics(text: string, pattern: string): HttpResponse {
  const matches = nameFilter(pattern);
  const data = familiesOf(text).filter(({ name }) => matches(name));
  return jsonResponse(200, { status: 'success', data });
}

function nameFilter(pattern: string): (name: string) => boolean {
  if (pattern === '') return () => true;
  try {
    const compiled = RE2JS.compile(pattern);
    return (name) => compiled.testExact(name);
  } catch (error) {
    if (error instanceof RE2JSException)
      throw new BadRequest(`invalid metric_name_pattern: ${error.message}`, { cause: error });
    throw error;
  }
}

const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)",?/g;

function familiesOf(text: string): readonly MetricFamily[] {
  const families = new Map<string, MetricFamily>();
  const histograms = new Map<string, Histogram>();
  const family = (name: string): MetricFamily => {
    let found = families.get(name);
    if (found === undefined) {
      found = { name, help: '', type: 'UNTYPED', metric: [] };
      families.set(name, found);
    }
    return found;
  };
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      if (kind === 'HELP') family(name).help = rest.replaceAll('\\n', '\n').replaceAll('\\\\', '\\');
      else family(name).type = rest.toUpperCase();
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (sample === null) continue;
    const [, name = '', labels = '', value = ''] = sample;
    const base = name.replace(/_(bucket|sum|count)$/, '');
    if (families.get(base)?.type === 'HISTOGRAM') addToHistogram(family(base), histograms, name, labels, value);
    else addValue(family(name), labels, value);
  }
  return [...families.values()];
}

function addValue(family: MetricFamily, labels: string, value: string): void {
  const number = jsonNumber(value);
  const label = labelsOf(labels);
  if (family.type === 'COUNTER') family.metric.push({ label, counter: { value: number } });
  else if (family.type === 'GAUGE') family.metric.push({ label, gauge: { value: number } });
  else family.metric.push({ label, untyped: { value: number } });
}

function addToHistogram(
  family: MetricFamily,
  histograms: Map<string, Histogram>,
  name: string,
  labels: string,
  value: string,
): void {
  const all = labelsOf(labels);
  const label = all.filter((one) => one.name !== 'le');
  const key = `${family.name} ${JSON.stringify(label)}`;
  let histogram = histograms.get(key);
  if (histogram === undefined) {
    histogram = { sampleCount: '0', sampleSum: 0, bucket: [] };
    histograms.set(key, histogram);
    family.metric.push({ label, histogram });
  }
  if (name.endsWith('_sum')) histogram.sampleSum = jsonNumber(value);
  else if (name.endsWith('_count')) histogram.sampleCount = value;
  else {
    const bound = all.find((one) => one.name === 'le')?.value ?? '';
    if (bound !== '+Inf') histogram.bucket.push({ cumulativeCount: value, upperBound: jsonNumber(bound) });
  }
}

const labelsOf = (text: string): { name: string; value: string }[] =>
  Array.from(text.matchAll(LABEL), ([, name = '', value = '']) => ({
    name,
    value: value.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter)),
  }));

/** protojson writes what JSON has no number for as text. */
function jsonNumber(text: string): number | string {
  if (text === '+Inf') return 'Infinity';
  if (text === '-Inf') return '-Infinity';
  return text === 'NaN' ? 'NaN' : Number(text);
}
