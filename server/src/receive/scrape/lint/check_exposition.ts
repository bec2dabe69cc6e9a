import { ExpositionError } from '../parse_text.ts';
import { type MetricFamily, readFamilies } from './families.ts';
import { checkOpenMetrics, OpenMetricsError } from './openmetrics_rules.ts';
import { cardinalities, type LintProblem, lintFamilies } from './promlint.ts';

export interface ExpositionCheck {
  /** Why it cannot be read, or undefined. */
  readonly error: string | undefined;
  readonly problems: readonly LintProblem[];
  /** Series of each family, most first; empty for OpenMetrics. */
  readonly series: readonly { readonly name: string; readonly series: number }[];
}

/** Whether an exposition ends as OpenMetrics does; in the text format that line is a comment. */
export function looksLikeOpenMetrics(body: Uint8Array): boolean {
  return /(?:^|\n)# EOF\r?\n?$/.test(Buffer.from(body.subarray(-16)).toString('latin1'));
}

/**
 * Checks metrics as a target would serve them: the text format as promtool does (errors and habits), OpenMetrics against
 * all rules of its specification.
 */
export function checkExposition(body: Uint8Array<ArrayBuffer>, format: 'text' | 'openmetrics'): ExpositionCheck {
  let families: readonly MetricFamily[] = [];
  try {
    if (format === 'openmetrics') checkOpenMetrics(body);
    else families = readFamilies(body);
  } catch (error) {
    if (!(error instanceof ExpositionError || error instanceof OpenMetricsError)) throw error;
    return { error: error.message, problems: [], series: [] };
  }
  return { error: undefined, problems: lintFamilies(families), series: cardinalities(families) };
}
