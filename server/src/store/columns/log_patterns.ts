import type { Section } from '../../model/section.ts';
import type { TextRows } from '../../model/stages.ts';
import type { Day } from '../../model/units.ts';
import type { StringColumn } from '../native/columns.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { Uint8Builder, Uint64Builder } from './growable.ts';
import { dayNumber } from './series.ts';
import { TextBuilder } from './text_builder.ts';

/**
 * Counts of patterns by number: the first `size` values of every column. Services and levels are numbers of words of the
 * rows that are counted.
 */
interface PatternCountRows {
  readonly size: number;
  /** Seconds since the epoch. */
  readonly times: Uint32Array<ArrayBuffer>;
  readonly services: Uint32Array;
  readonly levels: Uint32Array;
  /** Halves of the pattern's id: low, high. */
  readonly patterns: Uint32Array<ArrayBuffer>;
  readonly lines: Uint32Array<ArrayBuffer>;
  readonly marked: Uint32Array<ArrayBuffer>;
}

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
  sections(day: Day, counts: PatternCountRows, services: TextRows, levels: TextRows): Section[] {
    const sections: Section[] = [];
    const rows = counts.size;
    if (rows > 0) {
      const number = (values: Uint32Array<ArrayBuffer>) => ({
        kind: 'number' as const,
        values: values.subarray(0, rows),
      });
      const dictionary = (indexes: Uint32Array, words: TextRows) => ({
        kind: 'dictionary' as const,
        keys: wordsColumn(words),
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
      const block = encodeBlock(TABLES.log_patterns, data, rows, { omitLast: true });
      sections.push({ table: 'log_patterns', partition: day, rows, block });
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

function wordsColumn(words: TextRows): StringColumn {
  const offsets = Uint32Array.from({ length: words.rows + 1 }, (_, row) => words.start(row));
  return { kind: 'string', bytes: words.bytes.subarray(0, words.length), offsets };
}
