import { labelsFrom } from '../../model/labels.ts';
import { rawKey } from './learn_series.ts';
import type { ScrapeMeta } from './meta.ts';
import type { RawExemplar } from './metric_families.ts';
import type { TextParser } from './parse_text.ts';
import type { Rejections } from './rejections.ts';
import type { ScrapeColumns } from './scrape_columns.ts';
import { LabelsError, parseExemplarLabels } from './series_labels.ts';
import type { TargetState } from './target_state.ts';

/** OpenMetrics 1.0, Exemplars: names and values together, in code points. */
const MAX_CODE_POINTS = 128;

/** Where exemplars are gathered. */
interface ExemplarSink {
  readonly state: TargetState;
  readonly meta: ScrapeMeta;
  readonly rejections: Rejections;
  readonly exemplars: StagedExemplar[];
}

/** Exemplars of one scrape, kept back until the scrape is known to be whole. */
export interface StagedExemplar {
  readonly reference: number;
  readonly timeMs: number;
  readonly value: number;
  readonly pairs: readonly (readonly [string, string])[];
}

/**
 * The exemplar of the parser's sample, unless it is the one the series had at the last scrape.
 * @param known the last exemplar of each series, as bytes; is brought up to date
 */
export function stageExemplar(
  parser: TextParser,
  reference: number,
  timeMs: number,
  honorTimestamps: boolean,
  known: Map<number, string>,
  rejections: Rejections,
): StagedExemplar | undefined {
  const { exemplarStart, exemplarEnd, exemplarValue, exemplarTimestampMs } = parser;
  const key = `${rawKey(parser.bytes, exemplarStart, exemplarEnd)} ${exemplarValue} ${exemplarTimestampMs}`;
  if (known.get(reference) === key) return undefined;
  known.set(reference, key);
  try {
    const pairs = parseExemplarLabels(parser.slice(exemplarStart, exemplarEnd));
    if (codePoints(pairs) > MAX_CODE_POINTS) {
      rejections.add('invalid_record', 1, () => `an exemplar has labels longer than ${MAX_CODE_POINTS} characters`);
      return undefined;
    }
    const own = honorTimestamps && !Number.isNaN(exemplarTimestampMs);
    return { reference, timeMs: own ? exemplarTimestampMs : timeMs, value: exemplarValue, pairs };
  } catch (error) {
    if (error instanceof LabelsError) throw parser.error(error.message);
    throw error;
  }
}

/**
 * Exemplars of a protobuf body, unless they are those the series had at the last scrape.
 * @param timeMs of the sample; for exemplars without a time, and where times are not honoured
 */
export function stageRawExemplars(
  own: readonly RawExemplar[],
  reference: number,
  timeMs: number,
  { state, meta, rejections, exemplars }: ExemplarSink,
): void {
  if (own.length === 0) return;
  const keys = own.map((exemplar) => JSON.stringify([exemplar.pairs, exemplar.value, exemplar.timeMs]));
  const before = state.exemplars.get(reference) ?? '';
  for (const [i, { pairs, value, timeMs: ownMs }] of own.entries()) {
    if (before.includes(keys[i] as string)) continue;
    if (codePoints(pairs) > MAX_CODE_POINTS) {
      rejections.add('invalid_record', 1, () => `an exemplar has labels longer than ${MAX_CODE_POINTS} characters`);
      continue;
    }
    const honoured = meta.honorTimestamps && !Number.isNaN(ownMs);
    exemplars.push({ reference, timeMs: honoured ? ownMs : timeMs, value, pairs });
  }
  state.exemplars.set(reference, keys.join('\n'));
}

function codePoints(pairs: readonly (readonly [string, string])[]): number {
  let count = 0;
  for (const [name, value] of pairs) for (const text of [name, value]) for (const _ of text) count++;
  return count;
}

export function writeExemplars(staged: readonly StagedExemplar[], columns: ScrapeColumns['exemplars']): void {
  for (const { reference, timeMs, value, pairs } of staged) columns.append(reference, timeMs, value, labelsFrom(pairs));
}
