import { ProtobufError } from '../../base/protobuf.ts';
import { type Decode, type DecodeContext, DecodeError, type Interner, type Rejection } from '../../model/ingest.ts';
import { metricColumns, metricSections, type NativeHistogram, NO_BUCKETS } from '../../store/index.ts';
import { writeExemplars } from './exemplar.ts';
import { ScrapeLimitError } from './learn_series.ts';
import { isScrapeMeta, type ScrapeMeta, type ScrapeReport } from './meta.ts';
import { MetadataLines } from './metadata.ts';
import { ExpositionError } from './parse_text.ts';
import { readProtobuf, writeHeads } from './read_protobuf.ts';
import { readText } from './read_text.ts';
import { Rejections } from './rejections.ts';
import type { ScrapeColumns } from './scrape_columns.ts';
import { ScrapeSink } from './scrape_sink.ts';
import { StagedSamples } from './staged_samples.ts';
import {
  applySettings,
  EXTRA_REPORT_NAMES,
  newTargetState,
  REPORT_NAMES,
  reportLabels,
  sameOrder,
  type TargetState,
  turnover,
} from './target_state.ts';

/** The bits Prometheus marks the end of a series with (model/value: StaleNaN) and those of an ordinary NaN. */
const STALE_LOW = 2;
const STALE_HIGH = 0x7ff00000;
const NAN_LOW = 1;
const NAN_HIGH = 0x7ff80000;

const STALE_HISTOGRAM: NativeHistogram = {
  schema: 0,
  resetHint: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sumLow: STALE_LOW,
  sumHigh: STALE_HIGH,
  positive: NO_BUCKETS,
  negative: NO_BUCKETS,
  customValues: [],
};

const NONE = new Int32Array(0);

/** Buffers used by every scrape in turn. */
interface Scratch {
  readonly staged: StagedSamples;
  readonly lines: MetadataLines;
  readonly report: Uint8Array<ArrayBuffer>;
}

/** What a body held, or why it counts as failed. */
interface Parsed {
  readonly sink: ScrapeSink;
  readonly writeMetadata: () => void;
  readonly error: string;
}

/** Reads a scrape into columns; the meta is a {@link ScrapeMeta}. Throws DecodeError. */
export type ReadScrape = (
  body: Uint8Array<ArrayBuffer>,
  context: DecodeContext,
  meta: unknown,
  columns: ScrapeColumns,
) => { readonly report: ScrapeReport; readonly rejections: readonly Rejection[] };

/**
 * A reader of scrapes. It remembers each target's series from scrape to scrape (for staleness markers), so every scrape
 * of a target must come to the same instance. A scrape that cannot be parsed, or passes a limit of its configuration,
 * is a failed one (`up` 0).
 */
export function createScrapeReader(): ReadScrape {
  const tenants = new WeakMap<Interner, Map<number, TargetState>>();
  const scratch: Scratch = { staged: new StagedSamples(), lines: new MetadataLines(), report: new Uint8Array(64) };
  return (body, context, meta, columns) => {
    if (!isScrapeMeta(meta)) throw new DecodeError('undecodable', 'the scrape door needs to know its target');
    let targets = tenants.get(context.series);
    if (targets === undefined) {
      targets = new Map();
      tenants.set(context.series, targets);
    }
    return readScrape(body, context, meta, targets, scratch, columns);
  };
}

/** The decoder of the door `scrape`, with the memory of a {@link createScrapeReader}; its report is a {@link ScrapeReport}. */
export function createScrapeDecoder(): Decode {
  const read = createScrapeReader();
  return (body, context, meta) => {
    const columns = metricColumns(context.series);
    const { report, rejections } = read(body, context, meta, columns);
    const { sections, accepted } = metricSections(columns, context.nowMs);
    return { sections, accepted, rejections, report };
  };
}

function readScrape(
  body: Uint8Array<ArrayBuffer>,
  context: DecodeContext,
  meta: ScrapeMeta,
  targets: Map<number, TargetState>,
  scratch: Scratch,
  columns: ScrapeColumns,
): ReturnType<ReadScrape> {
  const { samples } = columns;
  const state = targets.get(meta.target) ?? newTargetState();
  targets.set(meta.target, state);
  applySettings(state, meta);
  const rejections = new Rejections();
  const lost = meta.previousLost ? state.markedStale : NONE;
  if (meta.previousLost) {
    state.metadataHash = 0;
    state.exemplars.clear();
  }
  scratch.staged.clear();
  scratch.lines.clear();

  let report: ScrapeReport = { scraped: 0, stored: 0, added: 0, error: '' };
  if (meta.kind === 'scraped') {
    const sink = new ScrapeSink(context, meta, state, rejections, scratch.staged);
    const parsed = parse(body, sink, columns, scratch.lines);
    if (parsed.error === '') {
      report = writeScrape(parsed, columns, lost);
    } else {
      report = { scraped: sink.scraped, stored: 0, added: 0, error: parsed.error };
      rejections.add('invalid_record', 1, () => parsed.error);
    }
  }
  if (meta.kind !== 'scraped' || report.error !== '') markVanished(state, state.previous, lost, NONE, meta, columns);
  if (meta.kind === 'removed') {
    for (const reference of reportReferences(context, meta, scratch)) {
      if (reference >= 0) samples.appendRaw(reference, meta.timeMs, STALE_LOW, STALE_HIGH);
    }
    targets.delete(meta.target);
  } else writeReports(report, body.length, context, meta, samples, scratch);

  return { rejections: rejections.list(), report };
}

/** Reads the body into the sink. Malformed input and passed limits become `error`. */
function parse(body: Uint8Array<ArrayBuffer>, sink: ScrapeSink, columns: ScrapeColumns, lines: MetadataLines): Parsed {
  const { meta, state } = sink;
  try {
    let writeMetadata: () => void;
    if (meta.format === 'protobuf') {
      const heads = readProtobuf(body, sink);
      writeMetadata = () => writeHeads(heads, columns.metadata, meta.timeMs);
    } else {
      const parser = readText(body, sink, lines);
      writeMetadata = () => lines.writeChanged(parser, state, columns.metadata, meta.timeMs);
    }
    sink.finish();
    return { sink, writeMetadata, error: '' };
  } catch (error) {
    if (FAILURES.some((kind) => error instanceof kind)) {
      state.exemplars.clear();
      return { sink, writeMetadata: () => undefined, error: (error as Error).message };
    }
    throw error;
  }
}

const FAILURES = [ExpositionError, ScrapeLimitError, ProtobufError];

/** The series of a scrape that get staleness markers when they are gone, in order, each once where that is known. */
function tracked({ staged, histograms }: ScrapeSink): Int32Array {
  const samples = staged.untimed();
  const more = histograms.filter(({ timed }) => !timed).map(({ reference }) => reference);
  return more.length === 0 ? samples : Int32Array.from([...samples, ...more]);
}

function writeScrape({ sink, writeMetadata }: Parsed, columns: ScrapeColumns, lost: Int32Array): ScrapeReport {
  const { samples } = columns;
  const { staged, meta, state, rejections } = sink;
  let added = 0;
  let current = tracked(sink);
  const stored = staged.count + sink.histograms.length;
  if (staged.anyTimed || lost.length > 0 || !sameOrder(state, current)) {
    const duplicates = staged.dropDuplicates();
    if (duplicates > 0) {
      rejections.add(
        'invalid_record',
        duplicates,
        () => 'a scrape holds a series twice at the same time; the first counts',
      );
    }
    current = tracked(sink);
    const present = presentSeries(sink);
    added = turnover(state.previous, present).added;
    markVanished(state, state.previous, lost, present, meta, columns);
  } else state.markedStale = NONE;
  state.previous = current;
  for (let row = 0; row < staged.count; row++) {
    const reference = staged.references[row] as number;
    const timeMs = staged.timesMs[row] as number;
    const value = staged.values[row] as number;
    if (Number.isNaN(value)) samples.appendRaw(reference, timeMs, NAN_LOW, NAN_HIGH);
    else samples.append(reference, timeMs, value);
  }
  writeHistograms(sink, columns);
  writeStarts(sink, columns);
  writeExemplars(sink.exemplars, columns.exemplars);
  writeMetadata();
  return { scraped: sink.scraped, stored, added, error: '' };
}

function presentSeries({ staged, histograms }: ScrapeSink): Int32Array {
  const samples = staged.references.slice(0, staged.count);
  return histograms.length === 0
    ? samples
    : Int32Array.from([...samples, ...histograms.map(({ reference }) => reference)]);
}

function writeHistograms({ histograms, state }: ScrapeSink, columns: ScrapeColumns): void {
  const seen = new Set<string>();
  for (const { reference, timeMs, histogram } of histograms) {
    const key = `${reference} ${timeMs}`;
    if (seen.has(key)) continue;
    seen.add(key);
    columns.histograms.append(reference, timeMs, histogram);
    state.histograms.add(reference);
  }
}

function writeStarts({ starts, staged, histograms }: ScrapeSink, { starts: columns }: ScrapeColumns): void {
  if (starts.length === 0 && !columns.used) return;
  const told = new Map<string, number>();
  for (let i = 0; i < starts.length; i += 3) told.set(`${starts[i]} ${starts[i + 1]}`, starts[i + 2] as number);
  const note = (reference: number, timeMs: number): void =>
    columns.note(reference, timeMs, told.get(`${reference} ${timeMs}`) ?? 0);
  for (let row = 0; row < staged.count; row++) note(staged.references[row] as number, staged.timesMs[row] as number);
  for (const { reference, timeMs } of histograms) note(reference, timeMs);
}

/** Ends the series of `previous` (and those a lost submission should have ended) that are not in `present`. */
function markVanished(
  state: TargetState,
  previous: Int32Array,
  lost: Int32Array,
  present: Int32Array,
  meta: ScrapeMeta,
  { samples, histograms }: ScrapeColumns,
): void {
  const before = lost.length === 0 ? previous : Int32Array.from([...previous, ...lost]);
  const { vanished } = turnover(before, present);
  for (const reference of vanished) {
    if (state.histograms.delete(reference)) histograms.append(reference, meta.timeMs, STALE_HISTOGRAM);
    else samples.appendRaw(reference, meta.timeMs, STALE_LOW, STALE_HIGH);
    state.exemplars.delete(reference);
  }
  state.markedStale = vanished;
  state.previous = NONE;
}

/** References of the target's own series in the order of REPORT_NAMES and EXTRA_REPORT_NAMES; negative where the limit of series is reached. */
function reportReferences(context: DecodeContext, meta: ScrapeMeta, scratch: Scratch): number[] {
  const names: readonly string[] = meta.extra === null ? REPORT_NAMES : [...REPORT_NAMES, ...EXTRA_REPORT_NAMES];
  return names.map((name) => {
    // A byte no exposition can begin with keeps these keys apart from the target's own series.
    const { written } = new TextEncoder().encodeInto(`\u0000${name}`, scratch.report);
    const known = context.series.find(scratch.report, 0, written, meta.variant);
    return known >= 0
      ? known
      : context.series.add(scratch.report, 0, written, meta.variant, reportLabels(name, meta.labels));
  });
}

function writeReports(
  report: ScrapeReport,
  bodyBytes: number,
  context: DecodeContext,
  meta: ScrapeMeta,
  samples: ScrapeColumns['samples'],
  scratch: Scratch,
): void {
  const up = meta.kind === 'scraped' && report.error === '' ? 1 : 0;
  const values = [up, meta.durationSeconds, report.scraped, report.stored, report.added];
  if (meta.extra !== null) values.push(meta.extra.timeoutSeconds, meta.sampleLimit, bodyBytes);
  for (const [i, reference] of reportReferences(context, meta, scratch).entries()) {
    if (reference >= 0) samples.append(reference, meta.timeMs, values[i] ?? 0);
  }
}
