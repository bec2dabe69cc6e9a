import type { Stage } from '@trilith/lang/logql';
import { literalAlternatives } from '../logql/regex.ts';
import { type SoughtText, soughtText, type WordSketch } from './word_sketch.ts';

/** Whether lines may pass the line filters of a pipeline. */
export type MayPass = (words: WordSketch) => boolean;

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
  const known = new Map<WordSketch, boolean>();
  return (words) => {
    let passes = known.get(words);
    if (passes === undefined) {
      passes = wanted.every((alternatives) => alternatives.some((text) => words.mayHold(text)));
      known.set(words, passes);
    }
    return passes;
  };
}

/** Texts one of which a line must hold; none when that is not known. */
function textsOf(operator: string, values: readonly string[]): readonly string[] {
  if (operator === '|=') return values;
  if (operator !== '|~') return [];
  const literals = values.map(literalAlternatives);
  return literals.every((found) => found !== undefined) ? literals.flat() : [];
}
