import { TextParser } from '../parse_text.ts';
import { LabelsError, parseExemplarLabels, parseMetadataName, parseSeriesLabels } from '../series_labels.ts';
import { HistogramGroup } from './histogram_group.ts';

/** A rule of OpenMetrics is broken; the message names the line. */
export class OpenMetricsError extends Error {
  override readonly name = 'OpenMetricsError';
}

/** Suffixes of the samples of a family, by type (OpenMetrics 1.0, Metric Types). */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  summary: ['', '_count', '_sum', '_created'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  info: ['_info'],
};
const COUNTING: ReadonlySet<string> = new Set(['_total', '_sum', '_count', '_bucket', '_gcount']);
const MAX_EXEMPLAR = 128;

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly timestampMs: number;
  readonly exemplar: boolean;
}

/** One metric family while its lines go by. */
class Family {
  readonly name: string;
  type = '';
  help: string | undefined;
  unit: string | undefined;
  samples = 0;
  readonly #fail: (message: string) => OpenMetricsError;
  readonly #seenGroups = new Set<string>();
  #group: string | undefined;
  #groupTimeMs = Number.NaN;
  #histogram: HistogramGroup | undefined;

  constructor(name: string, fail: (message: string) => OpenMetricsError) {
    this.name = name;
    this.#fail = fail;
  }

  /** The suffix of a sample of this family, undefined for one of another. */
  suffixOf(name: string): string | undefined {
    if (!name.startsWith(this.name)) return undefined;
    const suffix = name.slice(this.name.length);
    return (SUFFIXES[this.type] ?? ['']).includes(suffix) ? suffix : undefined;
  }

  add(sample: Sample, suffix: string): void {
    this.samples++;
    this.#checkLabels(sample, suffix);
    this.#checkGroup(sample, suffix);
    this.#checkValue(sample, suffix);
    if (this.type === 'histogram' || this.type === 'gaugehistogram') this.#addToHistogram(sample, suffix);
    const holder = this.type === 'counter' ? '_total' : this.type.endsWith('histogram') ? '_bucket' : undefined;
    if (sample.exemplar && suffix !== holder)
      throw this.#fail('only buckets of histograms and totals of counters can have exemplars');
  }

  /** What can be told when all samples are known. */
  finish(): void {
    this.#histogram?.finish();
    if (this.unit !== undefined && this.unit !== '') {
      if (!this.name.endsWith(`_${this.unit}`)) throw this.#fail('the unit does not match the metric name');
      if (this.type === 'info' || this.type === 'stateset') throw this.#fail(`units are not allowed for ${this.type}`);
    }
  }

  #checkLabels({ labels }: Sample, suffix: string): void {
    if (this.type === 'stateset' && !labels.has(this.name)) throw this.#fail('a stateset misses the label of its name');
    if (suffix === '_bucket') {
      const le = labels.get('le');
      if (le === undefined || !isNumber(le) || uncanonical(le)) throw this.#fail('invalid le label');
    }
    if (this.type === 'summary' && suffix === '') {
      const quantile = labels.get('quantile');
      const value = Number(quantile);
      if (quantile === undefined || !isNumber(quantile) || !(value >= 0 && value <= 1))
        throw this.#fail('invalid quantile label');
    }
  }

  /** Samples that differ in `le`, `quantile` or the state only belong together. */
  #checkGroup({ labels, timestampMs }: Sample, suffix: string): void {
    const without =
      suffix === '_bucket' ? 'le' : this.type === 'summary' ? 'quantile' : this.type === 'stateset' ? this.name : '';
    const group = groupKey(labels, without);
    if (group === this.#group) {
      if (Number.isNaN(timestampMs) !== Number.isNaN(this.#groupTimeMs))
        throw this.#fail('some samples of a metric have timestamps and some have none');
      if (this.#groupTimeMs > timestampMs && this.type !== 'info')
        throw this.#fail('timestamps went backwards within a metric');
    } else if (this.#seenGroups.has(group)) throw this.#fail('samples of a metric do not stand together');
    this.#group = group;
    this.#groupTimeMs = timestampMs;
    this.#seenGroups.add(group);
  }

  #checkValue({ value }: Sample, suffix: string): void {
    if (this.type === 'stateset' && value !== 0 && value !== 1)
      throw this.#fail('samples of a stateset can only be 0 and 1');
    if (this.type === 'info' && value !== 1) throw this.#fail('samples of an info can only be 1');
    if (this.type === 'summary' && suffix === '' && value < 0) throw this.#fail('quantiles cannot be negative');
    const typed = this.type in SUFFIXES;
    if (typed && (COUNTING.has(suffix) || suffix === '_gsum') && Number.isNaN(value))
      throw this.#fail('samples that count cannot be NaN');
    if (typed && COUNTING.has(suffix) && value < 0) throw this.#fail('samples that count cannot be negative');
    const whole = suffix === '_bucket' || suffix === '_count' || suffix === '_gcount';
    if (typed && whole && !Number.isInteger(value)) throw this.#fail('counts must be whole numbers');
  }

  #addToHistogram({ labels, value, timestampMs }: Sample, suffix: string): void {
    const key = `${groupKey(labels, 'le')} ${timestampMs}`;
    if (this.#histogram?.key !== key) {
      this.#histogram?.finish();
      this.#histogram = new HistogramGroup(key, this.#fail);
    }
    this.#histogram.add(suffix, Number(labels.get('le') === '+Inf' ? Infinity : labels.get('le')), value);
  }
}

const groupKey = (labels: ReadonlyMap<string, string>, without: string): string =>
  JSON.stringify([...labels].filter(([name]) => name !== without).sort(([a], [b]) => (a < b ? -1 : 1)));

const isNumber = (text: string): boolean =>
  /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) || /^[+-]?inf(?:inity)?$/i.test(text);
/** Infinity has one spelling. */
const uncanonical = (text: string): boolean => /inf/i.test(text) && text !== '+Inf' && text !== '-Inf';

/**
 * Checks a whole exposition against OpenMetrics 1.0: beyond the syntax also what families, their samples and metadata
 * must hold (the rules of the specification's reference parser).
 * @throws OpenMetricsError or ExpositionError at the first fault
 */
export function checkOpenMetrics(body: Uint8Array<ArrayBuffer>): void {
  const parser = new TextParser(body, 'openmetrics');
  const fail = (message: string): OpenMetricsError => new OpenMetricsError(parser.error(message).message);
  const names = new Set<string>();
  let family: Family | undefined;

  const finish = (): void => {
    if (family === undefined) return;
    for (const suffix of new Set(['', ...(SUFFIXES[family.type] ?? [])])) {
      const name = family.name + suffix;
      if (names.has(name)) throw fail(`the name ${name} belongs to more than one family`);
      names.add(name);
    }
    family.finish();
  };
  const begin = (name: string): Family => {
    finish();
    return new Family(name, fail);
  };

  for (let kind = parser.next(); kind !== 'end'; kind = parser.next()) {
    if (kind === 'sample') {
      const sample = readSample(parser, fail);
      let suffix = family?.suffixOf(sample.name);
      if (family === undefined || suffix === undefined) {
        family = begin(sample.name);
        suffix = '';
      }
      family.add(sample, suffix);
      continue;
    }
    const name = parseMetadataName(parser.slice(parser.nameStart, parser.nameEnd));
    if (!validName(name)) throw fail(`${JSON.stringify(name)} is not a metric name`);
    if (family?.name === name && family.samples > 0) throw fail('metadata after samples');
    if (family?.name !== name) family = begin(name);
    const rest = parser.slice(parser.restStart, parser.restEnd);
    if (kind === 'type') {
      if (family.type !== '') throw fail('more than one TYPE for a metric');
      family.type = rest;
    } else if (kind === 'help') {
      if (family.help !== undefined) throw fail('more than one HELP for a metric');
      family.help = rest;
    } else {
      if (family.unit !== undefined) throw fail('more than one UNIT for a metric');
      family.unit = rest;
    }
  }
  finish();
}

const validName = (name: string): boolean => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);

function readSample(parser: TextParser, fail: (message: string) => OpenMetricsError): Sample {
  try {
    const pairs = parseSeriesLabels(parser.slice(parser.seriesStart, parser.seriesEnd), true);
    const labels = new Map(pairs);
    const name = labels.get('__name__') ?? '';
    labels.delete('__name__');
    if (!Number.isNaN(parser.timestampMs) && !Number.isFinite(parser.timestampMs)) throw fail('invalid timestamp');
    const exemplar = parser.exemplarStart >= 0;
    if (exemplar) {
      const own = parseExemplarLabels(parser.slice(parser.exemplarStart, parser.exemplarEnd));
      const length = own.reduce((sum, [label, value]) => sum + [...label].length + [...value].length, 0);
      if (length > MAX_EXEMPLAR) throw fail(`the labels of an exemplar are longer than ${MAX_EXEMPLAR} characters`);
    }
    return { name, labels, value: parser.value, timestampMs: parser.timestampMs, exemplar };
  } catch (error) {
    if (error instanceof LabelsError) throw fail(error.message);
    throw error;
  }
}
