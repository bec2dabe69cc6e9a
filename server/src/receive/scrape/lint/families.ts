import { TextParser } from '../parse_text.ts';
import { LabelsError, parseMetadataName, parseSeriesLabels, unescapeHelp } from '../series_labels.ts';

/** A metric family of the text format with the label sets of its metrics (client_golang's expfmt.TextParser). */
export interface MetricFamily {
  readonly name: string;
  type: string;
  /** Undefined when there is no HELP line. */
  help: string | undefined;
  samples: number;
  /** Label names and values of each metric, without `le` and `quantile` where the type has them. */
  readonly metrics: Map<string, { readonly labels: ReadonlyMap<string, string>; series: number }>;
  /** Label sets that occur twice, of types with one sample a metric. */
  duplicates: number;
}

/** Reads an exposition in the text format. Throws ExpositionError. */
export function readFamilies(body: Uint8Array<ArrayBuffer>): MetricFamily[] {
  const parser = new TextParser(body, 'text');
  const families = new Map<string, MetricFamily>();
  const familyOf = (name: string): MetricFamily => {
    const known = families.get(name);
    if (known !== undefined) return known;
    const made: MetricFamily = { name, type: '', help: undefined, samples: 0, metrics: new Map(), duplicates: 0 };
    families.set(name, made);
    return made;
  };
  for (let kind = parser.next(); kind !== 'end'; kind = parser.next()) {
    if (kind === 'sample') {
      addSample(parser, families, familyOf);
      continue;
    }
    const name = parseMetadataName(parser.slice(parser.nameStart, parser.nameEnd));
    const rest = parser.slice(parser.restStart, parser.restEnd);
    const family = familyOf(name);
    if (kind === 'help') {
      if (family.help !== undefined) throw parser.error(`second HELP line for metric name ${JSON.stringify(name)}`);
      family.help = unescapeHelp(rest, false);
    } else if (kind === 'type') {
      if (family.type !== '' || family.samples > 0) {
        const message = `second TYPE line for metric name ${JSON.stringify(name)}, or TYPE reported after samples`;
        throw parser.error(message);
      }
      family.type = rest;
    }
  }
  return [...families.values()].filter(({ samples }) => samples > 0);
}

function addSample(
  parser: TextParser,
  families: ReadonlyMap<string, MetricFamily>,
  familyOf: (name: string) => MetricFamily,
): void {
  let pairs: ReturnType<typeof parseSeriesLabels>;
  try {
    pairs = parseSeriesLabels(parser.slice(parser.seriesStart, parser.seriesEnd), false);
  } catch (error) {
    if (error instanceof LabelsError) throw parser.error(error.message);
    throw error;
  }
  if (/[{,]\s*"?__name__"?\s*=/.test(parser.slice(parser.seriesStart, parser.seriesEnd)))
    throw parser.error('label name "__name__" is reserved');
  const labels = new Map(pairs);
  const name = labels.get('__name__') ?? '';
  labels.delete('__name__');
  const family = familyOf(owner(name, families));
  family.samples++;
  if (family.type === 'histogram') dropBound(parser, labels, 'le');
  else if (family.type === 'summary') dropBound(parser, labels, 'quantile');
  const key = JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
  const metric = family.metrics.get(key);
  if (metric === undefined) family.metrics.set(key, { labels, series: 1 });
  else {
    metric.series++;
    if (family.type !== 'histogram' && family.type !== 'summary') family.duplicates++;
  }
}

/** The bound of a bucket or quantile is no label of the metric; it must be a number. */
function dropBound(parser: TextParser, labels: Map<string, string>, name: string): void {
  const written = labels.get(name);
  if (written === undefined) return;
  labels.delete(name);
  if (!/^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i.test(written))
    throw parser.error(`expected float as value for '${name}' label, got ${JSON.stringify(written)}`);
}

/** The family of a sample: that of its name, or the histogram or summary whose suffix it carries. */
function owner(name: string, families: ReadonlyMap<string, MetricFamily>): string {
  if (families.has(name)) return name;
  for (const [suffix, types] of [
    ['_count', ['histogram', 'summary']],
    ['_sum', ['histogram', 'summary']],
    ['_bucket', ['histogram']],
  ] as const) {
    if (!name.endsWith(suffix)) continue;
    const base = name.slice(0, -suffix.length);
    if (types.some((type) => families.get(base)?.type === type)) return base;
  }
  return name;
}
