import type { QueryResult } from '../query/index.ts';
import type { RuleAnswer, RuleSample } from './ports.ts';

/** The elements of an instant query's result; a result of another kind is no answer to a rule. */
export function answerOfQuery({ type, series }: Pick<QueryResult, 'type' | 'series'>): RuleAnswer {
  if (type !== 'vector' && type !== 'scalar') return { error: 'rule result is not a vector or scalar' };
  return series.map(({ labels, values, histograms }): RuleSample => {
    const histogram = histograms?.[0];
    const value = values[0] ?? Number.NaN;
    return histogram === undefined ? { labels, value } : { labels, value, histogram };
  });
}
