import type { Stage } from '@trilith/lang/logql';
import { literalAlternatives } from '../logql/regex.ts';
import { GroupedWords, type LineWords, type WordGroup } from './word_group.ts';
import { type SoughtText, soughtText } from './word_sketch.ts';

/** Whether lines may pass the line filters of a pipeline. */
export type MayPass = (words: LineWords) => boolean;

/** What line filters need of a line, as far as they say which texts stand in it; undefined when none does. */
export function mayPassLineFilters(stages: readonly Stage[]): MayPass | undefined {
  const wanted: SoughtText[][] = [];
  for (const stage of stages) {
    // Later filters see another line.
    if (stage.kind === 'line_format' || stage.kind === 'unpack' || stage.kind === 'decolorize') break;
    if (stage.kind !== 'line_filter' || stage.needles.some(({ ip }) => ip)) continue;
    const texts = textsOf(
      stage.operator,
      stage.needles.map(({ value }) => value),
    ).map(soughtText);
    if (texts.length > 0 && texts.every((words) => words.length > 0)) wanted.push(texts);
  }
  if (wanted.length === 0) return undefined;
  const known = new Map<WordGroup, number>();
  // Stretches of a group mostly follow each other.
  let group: WordGroup | undefined;
  let members = 0;
  return (words) => {
    if (!(words instanceof GroupedWords))
      return wanted.every((alternatives) => alternatives.some((text) => words.mayHold(text)));
    if (words.group !== group) {
      group = words.group;
      members = known.get(group) ?? membersPassing(group, wanted);
      known.set(group, members);
    }
    return ((members >>> words.member) & 1) === 1;
  };
}

/** Which of a group may hold one of the texts of every filter: bit i for the i-th. */
function membersPassing(group: WordGroup, wanted: readonly (readonly SoughtText[])[]): number {
  let members = -1;
  for (const alternatives of wanted) {
    let some = 0;
    for (const text of alternatives) some |= group.mayHold(text);
    members &= some;
    if (members === 0) break;
  }
  return members;
}

/** Texts one of which a line must hold; none when that is not known. */
function textsOf(operator: string, values: readonly string[]): readonly string[] {
  if (operator === '|=') return values;
  if (operator !== '|~') return [];
  const literals = values.map(literalAlternatives);
  return literals.every((found) => found !== undefined) ? literals.flat() : [];
}
