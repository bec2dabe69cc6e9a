import { type Labels, labelValue } from '../../model/labels.ts';
import type { LabelMatcher } from './matcher.ts';

/** Answers that are remembered; more are found out anew. */
const REMEMBERED = 10_000;

/**
 * An answer that depends on a few labels only, remembered by their values: alerts are many, and differ in labels nobody
 * asks for.
 */
export function rememberedBy<Answer>(
  matchers: Iterable<LabelMatcher>,
  find: (labels: Labels) => Answer,
): (labels: Labels) => Answer {
  const names = [...new Set([...matchers].map(({ name }) => name))];
  const [only = ''] = names;
  const answers = new Map<string, Answer>();
  return (labels) => {
    // The value itself, where there is one: a text that is made for each question costs more than the answer.
    let key = labelValue(labels, only);
    for (let i = 1; i < names.length; i++) key += `\u0000${labelValue(labels, names[i] ?? '')}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = find(labels);
    if (answers.size >= REMEMBERED) answers.clear();
    answers.set(key, answer);
    return answer;
  };
}
