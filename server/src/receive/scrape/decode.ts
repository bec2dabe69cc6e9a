import { type Decode, type DecodeContext, type Decoded, DecodeError, type Interner } from '../../model/ingest.ts';
import { type MetricColumns, metricColumns, metricSections } from '../../store/index.ts';
import { type StagedExemplar, stageExemplar, writeExemplars } from './exemplar.ts';
import { DROPPED, learnSeries, ScrapeLimitError } from './learn_series.ts';
import { isScrapeMeta, type ScrapeMeta, type ScrapeReport } from './meta.ts';
import { MetadataLines } from './metadata.ts';
import { ExpositionError, TextParser } from './parse_text.ts';
import { Rejections } from './rejections.ts';
import { StagedSamples } from './staged_samples.ts';
import {
  applySettings,
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

const NONE = new Int32Array(0);

/** Buffers used by every scrape in turn. */
interface Scratch {
  readonly staged: StagedSamples;
  readonly lines: MetadataLines;
  readonly report: Uint8Array<ArrayBuffer>;
}

interface Parsed {
  readonly parser: TextParser;
  readonly scraped: number;
  readonly exemplars: readonly StagedExemplar[];
  readonly error: string;
}

/**
 * The decoder of the door `scrape`. It remembers each target's series from scrape to scrape (for staleness markers), so
 * every scrape of a target must come to the same instance; its report is a {@link ScrapeReport}.
 * A scrape that cannot be parsed, or passes a limit of its configuration, is stored as a failed one (`up` 0).
 */
export function createScrapeDecoder(): Decode {
  const tenants = new WeakMap<Interner, Map<number, TargetState>>();
  const scratch: Scratch = { staged: new StagedSamples(), lines: new MetadataLines(), report: new Uint8Array(64) };
  return (body, context, meta) => {
    if (!isScrapeMeta(meta)) throw new DecodeError('undecodable', 'the scrape door needs to know its target');
    let targets = tenants.get(context.series);
    if (targets === undefined) {
      targets = new Map();
      tenants.set(context.series, targets);
    }
    return decodeScrape(body, context, meta, targets, scratch);
  };
}

function decodeScrape(
  body: Uint8Array<ArrayBuffer>,
  context: DecodeContext,
  meta: ScrapeMeta,
  targets: Map<number, TargetState>,
  scratch: Scratch,
): Decoded {
  const columns = metricColumns(context.series);
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
    const parsed = parse(body, context, meta, state, scratch, rejections);
    if (parsed.error === '') {
      report = writeScrape(parsed, meta, state, columns, scratch, lost, rejections);
    } else {
      report = { scraped: parsed.scraped, stored: 0, added: 0, error: parsed.error };
      rejections.add('invalid_record', 1, () => parsed.error);
    }
  }
  if (meta.kind !== 'scraped' || report.error !== '') markVanished(state, state.previous, lost, NONE, meta, samples);
  if (meta.kind === 'removed') {
    for (const reference of reportReferences(context, meta, scratch)) {
      if (reference >= 0) samples.appendRaw(reference, meta.timeMs, STALE_LOW, STALE_HIGH);
    }
    targets.delete(meta.target);
  } else writeReports(report, context, meta, samples, scratch);

  const { sections, accepted } = metricSections(columns, context.nowMs);
  return { sections, accepted, rejections: rejections.list(), report };
}

/** Reads the body into the scratch buffers. Malformed input and passed limits become `error`. */
function parse(
  body: Uint8Array<ArrayBuffer>,
  context: DecodeContext,
  meta: ScrapeMeta,
  state: TargetState,
  scratch: Scratch,
  rejections: Rejections,
): Parsed {
  const parser = new TextParser(body, meta.format === 'openmetrics' ? 'openmetrics' : 'text');
  const exemplars: StagedExemplar[] = [];
  let scraped = 0;
  let kept = 0;
  try {
    for (let kind = parser.next(); kind !== 'end'; kind = parser.next()) {
      if (kind !== 'sample') {
        scratch.lines.note(kind, parser);
        continue;
      }
      if (++scraped > context.limits.recordsPerRequest) {
        throw new ScrapeLimitError(`more than ${context.limits.recordsPerRequest} samples`);
      }
      let reference = context.series.find(body, parser.seriesStart, parser.seriesEnd, meta.variant);
      if (reference < 0) reference = learnSeries(parser, context, meta, state, rejections);
      if (reference === DROPPED) continue;
      kept++;
      if (reference < 0) continue;
      const timed = meta.honorTimestamps && !Number.isNaN(parser.timestampMs);
      const timeMs = timed ? parser.timestampMs : meta.timeMs;
      if (timed && !timeAccepted(timeMs, context, rejections)) continue;
      scratch.staged.push(reference, parser.value, timeMs, timed);
      if (parser.exemplarStart < 0) continue;
      const exemplar = stageExemplar(parser, reference, timeMs, meta.honorTimestamps, state.exemplars, rejections);
      if (exemplar !== undefined) exemplars.push(exemplar);
    }
    if (meta.sampleLimit > 0 && kept > meta.sampleLimit) {
      throw new ScrapeLimitError(`sample limit exceeded: ${kept} samples, limit ${meta.sampleLimit}`);
    }
  } catch (error) {
    if (error instanceof ExpositionError || error instanceof ScrapeLimitError) {
      state.exemplars.clear();
      return { parser, scraped, exemplars: [], error: error.message };
    }
    throw error;
  }
  return { parser, scraped, exemplars, error: '' };
}

function timeAccepted(timeMs: number, context: DecodeContext, rejections: Rejections): boolean {
  const { oldestSampleMs, newestMs } = context.limits;
  if (timeMs < context.nowMs - oldestSampleMs) {
    rejections.add('too_old', 1, () => `a sample of ${timeMs} ms is more than ${oldestSampleMs} ms old`);
    return false;
  }
  if (timeMs > context.nowMs + newestMs) {
    rejections.add('too_new', 1, () => `a sample of ${timeMs} ms is more than ${newestMs} ms ahead`);
    return false;
  }
  return true;
}

function writeScrape(
  parsed: Parsed,
  meta: ScrapeMeta,
  state: TargetState,
  columns: MetricColumns,
  scratch: Scratch,
  lost: Int32Array,
  rejections: Rejections,
): ScrapeReport {
  const { samples } = columns;
  const { staged } = scratch;
  let added = 0;
  let current = staged.untimed();
  const stored = staged.count;
  if (staged.anyTimed || lost.length > 0 || !sameOrder(state, current)) {
    const duplicates = staged.dropDuplicates();
    if (duplicates > 0) {
      rejections.add(
        'invalid_record',
        duplicates,
        () => 'a scrape holds a series twice at the same time; the first counts',
      );
    }
    current = staged.untimed();
    const present = staged.references.slice(0, staged.count);
    added = turnover(state.previous, present).added;
    markVanished(state, state.previous, lost, present, meta, samples);
  } else state.markedStale = NONE;
  state.previous = current;
  for (let row = 0; row < staged.count; row++) {
    const reference = staged.references[row] as number;
    const timeMs = staged.timesMs[row] as number;
    const value = staged.values[row] as number;
    if (Number.isNaN(value)) samples.appendRaw(reference, timeMs, NAN_LOW, NAN_HIGH);
    else samples.append(reference, timeMs, value);
  }
  writeExemplars(parsed.exemplars, columns.exemplars);
  scratch.lines.writeChanged(parsed.parser, state, columns.metadata, meta.timeMs);
  return { scraped: parsed.scraped, stored, added, error: '' };
}

/** Ends the series of `previous` (and those a lost submission should have ended) that are not in `present`. */
function markVanished(
  state: TargetState,
  previous: Int32Array,
  lost: Int32Array,
  present: Int32Array,
  meta: ScrapeMeta,
  samples: MetricColumns['samples'],
): void {
  const before = lost.length === 0 ? previous : Int32Array.from([...previous, ...lost]);
  const { vanished } = turnover(before, present);
  for (const reference of vanished) {
    samples.appendRaw(reference, meta.timeMs, STALE_LOW, STALE_HIGH);
    state.exemplars.delete(reference);
  }
  state.markedStale = vanished;
  state.previous = NONE;
}

/** References of the target's own series in the order of REPORT_NAMES; negative where the limit of series is reached. */
function reportReferences(context: DecodeContext, meta: ScrapeMeta, scratch: Scratch): number[] {
  return REPORT_NAMES.map((name) => {
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
  context: DecodeContext,
  meta: ScrapeMeta,
  samples: MetricColumns['samples'],
  scratch: Scratch,
): void {
  const up = meta.kind === 'scraped' && report.error === '' ? 1 : 0;
  const values = [up, meta.durationSeconds, report.scraped, report.stored, report.added];
  for (const [i, reference] of reportReferences(context, meta, scratch).entries()) {
    if (reference >= 0) samples.append(reference, meta.timeMs, values[i] ?? 0);
  }
}
