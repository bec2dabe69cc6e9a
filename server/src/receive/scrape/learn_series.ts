import type { DecodeContext } from '../../model/ingest.ts';
import type { ScrapeMeta } from './meta.ts';
import type { Rejections } from './rejections.ts';
import { type LabelPairs, labelsOfMap, mergeTargetLabels } from './series_labels.ts';
import { rememberDropped, type TargetState } from './target_state.ts';

/** The sample is not wanted (relabelling dropped it). */
export const DROPPED = -10;
/** The sample is refused and counted. */
const REFUSED = -11;

/** A limit of the scrape configuration was passed, which fails the scrape as a whole. */
export class ScrapeLimitError extends Error {
  override readonly name = 'ScrapeLimitError';
}

/** What is needed to make a series known. */
export interface Learning {
  readonly context: DecodeContext;
  readonly meta: ScrapeMeta;
  readonly state: TargetState;
  readonly rejections: Rejections;
}

/**
 * Makes a series known whose bytes were never seen for this target: reads its labels, merges the target's, relabels.
 * @returns its reference, {@link DROPPED} or {@link REFUSED}
 */
export function learnSeries(
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
  pairs: () => LabelPairs,
  { context, meta, state, rejections }: Learning,
): number {
  if (state.dropped.size > 0 && state.dropped.has(rawKey(bytes, start, end))) return DROPPED;
  const labels = mergeTargetLabels(pairs(), meta.labels, meta.honorLabels);
  if (state.relabel !== undefined && !state.relabel(labels)) {
    rememberDropped(state, rawKey(bytes, start, end));
    return DROPPED;
  }
  if ((labels.get('__name__') ?? '') === '') throw new ScrapeLimitError('missing metric name (__name__ label)');
  if (meta.legacyNames) refuseOtherNames(labels);
  checkScrapeLimits(labels, meta);
  const problem = limitProblem(labels, context);
  if (problem !== undefined) {
    rejections.add(problem.reason, 1, () => `${problem.message} in series ${labels.get('__name__')?.slice(0, 256)}`);
    return REFUSED;
  }
  const reference = context.series.add(bytes, start, end, meta.variant, labelsOfMap(labels));
  if (reference >= 0) return reference;
  rejections.add('series_limit', 1, () => 'the limit of active series is reached; new series are refused');
  return REFUSED;
}

/** `metric_name_validation_scheme: legacy` takes ASCII names only. */
function refuseOtherNames(labels: ReadonlyMap<string, string>): void {
  const metric = labels.get('__name__') ?? '';
  const wrong = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric)
    ? [...labels.keys()].find((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
    : metric;
  if (wrong !== undefined) throw new ScrapeLimitError(`invalid metric name or label names: ${wrong.slice(0, 256)}`);
}

/** Bytes as a map key: one character per byte. */
export function rawKey(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function checkScrapeLimits(labels: ReadonlyMap<string, string>, meta: ScrapeMeta): void {
  const name = labels.get('__name__');
  if (meta.labelLimit > 0 && labels.size > meta.labelLimit) {
    throw new ScrapeLimitError(
      `label_limit exceeded (metric: ${name}, number of labels: ${labels.size}, limit: ${meta.labelLimit})`,
    );
  }
  for (const [label, value] of labels) {
    if (meta.labelNameLengthLimit > 0 && label.length > meta.labelNameLengthLimit) {
      throw new ScrapeLimitError(
        `label_name_length_limit exceeded (metric: ${name}, length: ${label.length}, limit: ${meta.labelNameLengthLimit})`,
      );
    }
    if (meta.labelValueLengthLimit > 0 && value.length > meta.labelValueLengthLimit) {
      throw new ScrapeLimitError(
        `label_value_length_limit exceeded (metric: ${name}, label: ${label}, length: ${value.length}, limit: ${meta.labelValueLengthLimit})`,
      );
    }
  }
}

interface LimitProblem {
  readonly reason: 'label_count' | 'label_name_length' | 'label_value_length';
  readonly message: string;
}

/** Whether a text has more bytes in UTF-8; one unit is at most three bytes, so most texts need no count. */
function longer(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

function limitProblem(labels: ReadonlyMap<string, string>, context: DecodeContext): LimitProblem | undefined {
  const { labelsPerSeries, labelNameBytes, labelValueBytes } = context.limits;
  if (labels.size > labelsPerSeries) {
    return { reason: 'label_count', message: `${labels.size} labels, limit ${labelsPerSeries},` };
  }
  for (const [name, value] of labels) {
    if (longer(name, labelNameBytes)) {
      return { reason: 'label_name_length', message: `a label name longer than ${labelNameBytes} bytes` };
    }
    if (longer(value, labelValueBytes)) {
      return {
        reason: 'label_value_length',
        message: `label ${name} has a value longer than ${labelValueBytes} bytes`,
      };
    }
  }
  return undefined;
}
