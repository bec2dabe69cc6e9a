import type { Section } from '../../model/section.ts';
import type { TextRows } from '../../model/stages.ts';
import type { Day } from '../../model/units.ts';
import type { DictionaryColumn, StringColumn } from '../native/columns.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { Uint8Builder, Uint64Builder } from './growable.ts';
import type { PatternCountTable } from './pattern_count_table.ts';
import { dayNumber } from './series.ts';
import { TextBuilder } from './text_builder.ts';

/** Rows of `log_pattern_texts` of one UTC day in the making. */
export class LogPatternColumns {
  private readonly textPatterns = new Uint64Builder();
  private readonly texts = new TextBuilder();
  private readonly inside = new Uint8Builder();

  /** What a pattern is; `low` and `high` are the halves of its id. */
  text(low: number, high: number, text: Uint8Array, isInside: boolean): void {
    this.textPatterns.append(low, high);
    this.texts.append(text, 0, text.length);
    this.inside.append(isInside ? 1 : 0);
  }

  /** The texts, and the counts as rows of `log_patterns`; `services` and `levels` are the words the counts name. */
  sections(day: Day, counts: PatternCountTable, services: TextRows, levels: TextRows): Section[] {
    const sections: Section[] = [];
    if (counts.size > 0) {
      const block = patternCountsBlock(counts, wordsColumn(services), wordsColumn(levels));
      sections.push({ table: 'log_patterns', partition: day, rows: counts.size, block });
    }
    const texts = this.texts.rows;
    if (texts > 0) {
      const days = { kind: 'number' as const, values: new Uint16Array(texts).fill(dayNumber(day)) };
      const data = [days, this.textPatterns.column(), this.texts.column(), this.inside.column()];
      const block = encodeBlock(TABLES.log_pattern_texts, data, texts, { omitLast: true });
      sections.push({ table: 'log_pattern_texts', partition: day, rows: texts, block });
    }
    return sections;
  }

  clear(): void {
    for (const column of [this.textPatterns, this.texts, this.inside]) column.clear();
  }
}

/** The counts as a block of `log_patterns` without `batch_id`; `services` and `levels` are the words the counts name. */
export function patternCountsBlock(
  counts: PatternCountTable,
  services: DictionaryColumn['keys'],
  levels: DictionaryColumn['keys'],
): Uint8Array<ArrayBuffer> {
  const rows = counts.size;
  const number = (values: Uint32Array<ArrayBuffer>) => ({ kind: 'number' as const, values: values.subarray(0, rows) });
  const dictionary = (indexes: Uint32Array, keys: DictionaryColumn['keys']) => ({
    kind: 'dictionary' as const,
    keys,
    indexes: indexes.subarray(0, rows),
  });
  const data = [
    number(counts.times),
    dictionary(counts.services, services),
    dictionary(counts.levels, levels),
    { kind: 'number' as const, values: counts.patterns.subarray(0, rows * 2) },
    number(counts.lines),
    number(counts.marked),
  ];
  return encodeBlock(TABLES.log_patterns, data, rows, { omitLast: true });
}

function wordsColumn(words: TextRows): StringColumn {
  const offsets = Uint32Array.from({ length: words.rows + 1 }, (_, row) => words.start(row));
  return { kind: 'string', bytes: words.bytes.subarray(0, words.length), offsets };
}
