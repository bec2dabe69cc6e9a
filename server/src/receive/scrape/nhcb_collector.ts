import { limitedHistogram } from './histogram_limits.ts';
import { ClassicHistogram } from './nhcb.ts';
import type { TextParser } from './parse_text.ts';
import type { ScrapeSink } from './scrape_sink.ts';
import { type LabelPairs, parseMetadataName } from './series_labels.ts';

const encoder = new TextEncoder();

interface Collected {
  readonly key: string;
  readonly pairs: LabelPairs;
  readonly histogram: ClassicHistogram;
  readonly timestampMs: number;
}

/**
 * Makes native histograms with custom buckets of the classic ones in a text body (textparse.NHCBParser): series that
 * stand together and differ in `le` only are one histogram.
 */
export class NhcbCollector {
  readonly #sink: ScrapeSink;
  #family = '';
  #current: Collected | undefined;

  constructor(sink: ScrapeSink) {
    this.#sink = sink;
  }

  family(writtenName: string, type: string): void {
    this.finish();
    this.#family = type === 'histogram' ? parseMetadataName(writtenName) : '';
  }

  /** Takes a sample in when it is part of a classic histogram. */
  takes(parser: TextParser, read: () => LabelPairs): boolean {
    if (this.#family === '') return false;
    const pairs = read();
    const name = pairs.find(([label]) => label === '__name__')?.[1] ?? '';
    const suffix = ['_bucket', '_sum', '_count'].find((end) => name === this.#family + end);
    const le = Number(pairs.find(([label]) => label === 'le')?.[1]?.replace('Inf', 'Infinity') ?? Number.NaN);
    if (suffix === undefined || (suffix === '_bucket' && Number.isNaN(le))) {
      this.finish();
      return false;
    }
    const base: LabelPairs = [['__name__', this.#family]];
    for (const [label, value] of pairs) if (label !== '__name__' && label !== 'le') base.push([label, value]);
    const key = JSON.stringify(base);
    if (this.#current?.key !== key) {
      this.finish();
      this.#current = { key, pairs: base, histogram: new ClassicHistogram(), timestampMs: parser.timestampMs };
    }
    const { histogram } = this.#current;
    if (suffix === '_bucket') histogram.addBucket(le, parser.value);
    else if (suffix === '_count') histogram.setCount(parser.value);
    else histogram.setSum(parser.value);
    return true;
  }

  /** Hands on the histogram in the making. */
  finish(): void {
    const collected = this.#current;
    this.#current = undefined;
    const made = collected?.histogram.convert();
    if (collected === undefined || made === undefined) return;
    const sink = this.#sink;
    sink.count();
    // A byte no exposition can begin with keeps these keys apart from the target's own series.
    const bytes = encoder.encode(`\u0001${collected.key}`);
    const reference = sink.series(bytes, 0, bytes.length, () => collected.pairs);
    if (reference < 0) return;
    const timeMs = sink.time(collected.timestampMs);
    if (Number.isNaN(timeMs)) return;
    const histogram = limitedHistogram(made, sink.meta.histograms);
    sink.histogram(reference, histogram, timeMs, sink.timed(collected.timestampMs));
  }
}
