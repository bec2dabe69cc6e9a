import type { LogField } from '@trilith/contract';
import { fetchLogValues } from '../data/logs.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { useLogFields } from './FieldSidebar.tsx';
import { searchHistory } from './kept.ts';
import type { WordAt } from './searchText.ts';

export interface Choice {
  readonly kind: 'field' | 'value' | 'search';
  readonly text: string;
  /** How many lines have the value, or the share that carries the field; null for earlier searches. */
  readonly lines: number | null;
  readonly coverage: number | null;
}

const mostChoices = 12;
const valuesAsked = 50;
const everything = '{service=~".+"}';
const none: readonly Choice[] = [];

/** Fields whose name begins with what is typed, then those that hold it, the most used first. */
function fieldChoices(fields: readonly LogField[], typed: string): readonly Choice[] {
  const wanted = typed.toLowerCase();
  const rank = (name: string): number => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
  return fields
    .filter((field) => field.name.toLowerCase().includes(wanted))
    .sort((a, b) => rank(a.name) - rank(b.name) || b.coverage - a.coverage)
    .slice(0, mostChoices)
    .map((field) => ({ kind: 'field', text: field.name, lines: null, coverage: field.coverage }));
}

/** What may stand at the caret: earlier searches while the box is empty, fields, and behind a colon their values, ordered by use. */
export function useWordCompletion(word: WordAt | null, text: string, scope: string, open: boolean): readonly Choice[] {
  const { range } = useTime();
  const query = scope === '' ? everything : `{service=${JSON.stringify(scope)}}`;
  const fields = useLogFields(query, open);
  const key = word?.key ?? '';
  const field = fields.data?.fields.find((one) => one.name === key || one.name === key.replaceAll('.', '_'));
  const values = useAnswer({
    subject: ['log-values', query, key, field?.parser ?? ''],
    at: [range.fromMs, range.toMs, valuesAsked],
    ask: (signal) =>
      fetchLogValues({ query, field: key, parser: field?.parser ?? '', limit: valuesAsked }, range, signal),
    enabled: open && key !== '',
  });
  if (!open || word === null) return none;
  if (text.trim() === '')
    return searchHistory
      .read()
      .slice(0, mostChoices)
      .map((one) => ({ kind: 'search', text: one, lines: null, coverage: null }));
  if (key === '') return word.typed === '' ? none : fieldChoices(fields.data?.fields ?? [], word.typed);
  const wanted = word.typed.toLowerCase();
  return (values.data?.values ?? [])
    .filter((one) => one.value.toLowerCase().includes(wanted))
    .slice(0, mostChoices)
    .map((one) => ({ kind: 'value', text: one.value, lines: one.count, coverage: null }));
}
