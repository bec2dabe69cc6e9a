import { labelsFrom } from '../../model/labels.ts';
import type { MetricColumns } from '../../store/index.ts';
import { rawKey } from './learn_series.ts';
import type { TextParser } from './parse_text.ts';
import type { Rejections } from './rejections.ts';
import { LabelsError, parseExemplarLabels } from './series_labels.ts';

/** OpenMetrics 1.0, Exemplars: names and values together, in code points. */
const MAX_CODE_POINTS = 128;

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

function codePoints(pairs: readonly (readonly [string, string])[]): number {
  let count = 0;
  for (const [name, value] of pairs) for (const text of [name, value]) for (const _ of text) count++;
  return count;
}

export function writeExemplars(staged: readonly StagedExemplar[], columns: MetricColumns['exemplars']): void {
  for (const { reference, timeMs, value, pairs } of staged) columns.append(reference, timeMs, value, labelsFrom(pairs));
}
