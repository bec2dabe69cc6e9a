import type { Section } from '../../model/section.ts';
import type { SpanRows } from '../../model/stages.ts';
import type { FactsPosition } from '../../store/index.ts';
import { wordOf } from '../stages/masking_stage.ts';
import type { StageTally } from '../stages/tally.ts';
import { factsOf, type RowSampling, randomOfRows, samplingOfRows } from './count_spans.ts';
import { weightOf } from './sampling_weight.ts';
import { HEAD_RULE, type SamplingSettings } from './settings.ts';
import { FoundAttributes } from './span_attributes.ts';
import type { SpanMetrics } from './span_metrics.ts';
import { TailSampling } from './tail_sampling.ts';

/** A request whose spans wait for the decision about their traces. */
export interface HeldRequest {
  readonly position: FactsPosition;
  readonly door: string;
  /** Decompressed. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Arrival, ms since the epoch. */
  readonly timeMs: number;
  /** The traces of it that were not decided when it came. */
  readonly traces: ReadonlySet<string>;
}

/** Which rows are stored, and as how many each counts. */
interface Sampled {
  /** 0 where a row is not stored; undefined: all are. */
  readonly kept: Uint8Array | undefined;
  /** Undefined: each for itself. */
  readonly weights: Float64Array | undefined;
}

const EVERYTHING: Sampled = { kept: undefined, weights: undefined };

/** What runs over the spans of one tenant: every span counts in the series made from spans, then sampling drops some. */
export class SpanStage {
  readonly metrics: SpanMetrics | undefined;
  readonly tail: TailSampling<HeldRequest>;
  #settings: SamplingSettings;
  /** Traces of the request being decoded that are not decided. */
  #undecided = new Set<string>();
  #releases = false;
  #counts = true;

  constructor(settings: SamplingSettings, metrics: SpanMetrics | undefined) {
    this.#settings = settings;
    this.metrics = metrics;
    this.tail = new TailSampling(settings);
  }

  /** Takes up other rules; what waits is decided by those before. */
  configure(settings: SamplingSettings): void {
    this.#settings = settings;
    this.tail.configure(settings);
  }

  /** Call before each request. */
  beginRequest(): void {
    this.metrics?.beginRequest();
    this.#undecided = new Set();
    this.#releases = false;
    this.#counts = true;
  }

  /** The spans to come are of a request that was held: its traces are decided. */
  beginRelease(): void {
    this.#releases = true;
  }

  /** The spans to come are of a request that an earlier run held: they are counted already. */
  beginAgain(): void {
    this.beginRequest();
    this.#counts = false;
  }

  /** Traces of the request that was decoded that have to wait: the whole request is to be held for them. */
  get undecided(): ReadonlySet<string> {
    return this.#undecided;
  }

  /** Runs over the spans of one UTC day of a request that came at `nowMs`. */
  run(rows: SpanRows, nowMs: number, tally: StageTally): readonly Section[] {
    const attributes = new FoundAttributes(rows.attributes);
    const sampling = samplingOfRows(rows, attributes);
    if (this.#releases) {
      apply(rows, this.#release(rows, sampling));
      return [];
    }
    const sampled = this.#sample(rows, sampling, nowMs, tally);
    const counted = this.metrics !== undefined && this.#counts;
    const sections = counted ? [this.metrics.take(factsOf(rows, attributes, sampling, sampled.kept, nowMs))] : [];
    apply(rows, sampled);
    return sections;
  }

  #sample(rows: SpanRows, sampling: RowSampling | undefined, nowMs: number, tally: StageTally): Sampled {
    const { head, trial, rules } = this.#settings;
    const weighed = (): Sampled => sampledBy(rows, sampling, sampling?.random ?? NO_RANDOM, () => 0);
    if (head === 1 && rules.length === 0) return sampling === undefined ? EVERYTHING : weighed();
    const random = sampling?.random ?? randomOfRows(rows.traceId, rows.rows);
    const dropped = 1 - head;
    if (head < 1)
      tally.sampled(
        HEAD_RULE,
        random.reduce((sum, each) => sum + (each >= dropped ? 1 : 0), 0),
        rows.rows,
      );
    const ofHead = (row: number): boolean => (random[row] as number) >= dropped;
    const decisions = rules.length === 0 ? undefined : this.tail.look(rows, random, ofHead, nowMs, tally);
    if (trial) return sampling === undefined ? EVERYTHING : weighed();
    return sampledBy(rows, sampling, random, (row) => {
      if (decisions === undefined || !ofHead(row)) return dropped;
      const decision = decisions[row];
      if (decision === undefined) this.#undecided.add(wordOf(rows.traceId, row));
      return decision === undefined ? 1 : Math.max(dropped, decision.dropped);
    });
  }

  #release(rows: SpanRows, sampling: RowSampling | undefined): Sampled {
    const random = sampling?.random ?? randomOfRows(rows.traceId, rows.rows);
    const dropped = 1 - this.#settings.head;
    return sampledBy(rows, sampling, random, (row) =>
      Math.max(dropped, this.tail.decisionOf(wordOf(rows.traceId, row)).dropped),
    );
  }
}

const NO_RANDOM = new Float64Array(0);

/**
 * Keeps the rows whose trace's randomness is not below the share to be dropped. Whoever else samples by the same randomness
 * keeps the same traces, so shares do not multiply: a trace that was sampled harder before it came is kept (consistent
 * probability sampling, opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling).
 * @param droppedOf the share dropped of rows like this one; 1 for one that is not stored now
 */
function sampledBy(
  { rows }: SpanRows,
  sampling: RowSampling | undefined,
  random: Float64Array,
  droppedOf: (row: number) => number,
): Sampled {
  const kept = new Uint8Array(rows);
  const weights = new Float64Array(rows);
  let all = true;
  let ones = true;
  for (let row = 0; row < rows; row++) {
    const dropped = droppedOf(row);
    const isKept = dropped === 0 || (random[row] as number) >= dropped;
    all &&= isKept;
    if (!isKept) continue;
    kept[row] = 1;
    weights[row] = weightOf(Math.max(sampling?.dropped[row] ?? 0, dropped)) * (sampling?.factor[row] ?? 1);
    ones &&= weights[row] === 1;
  }
  return { kept: all ? undefined : kept, weights: ones ? undefined : weights };
}

function apply(rows: SpanRows, { kept, weights }: Sampled): void {
  if (weights !== undefined) for (const weight of weights) rows.weight.append(weight);
  if (kept === undefined) return;
  // Rows are dropped together with their weights.
  if (weights === undefined) for (let row = 0; row < rows.rows; row++) rows.weight.append(1);
  rows.keepRows(kept);
}
