import type { Section } from '../../model/section.ts';
import type { Day } from '../../model/units.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { DictionaryBuilder, Uint8Builder, Uint32Builder, Uint64Builder } from './growable.ts';
import { dayNumber } from './series.ts';
import { TextBuilder } from './text_builder.ts';

/** Rows of `log_patterns` and `log_pattern_texts` of one UTC day in the making. */
export class LogPatternColumns {
  private readonly times = new Uint32Builder();
  private readonly services = new DictionaryBuilder();
  private readonly levels = new DictionaryBuilder();
  private readonly patterns = new Uint64Builder();
  private readonly lines = new Uint32Builder();
  private readonly marked = new Uint32Builder();
  private readonly textPatterns = new Uint64Builder();
  private readonly texts = new TextBuilder();
  private readonly inside = new Uint8Builder();

  /** How often a pattern came. `seconds` since the epoch; `low` and `high` are the halves of the pattern's id. */
  count(
    seconds: number,
    service: Uint8Array,
    level: Uint8Array,
    low: number,
    high: number,
    lines: number,
    marked: number,
  ): void {
    this.times.append(seconds);
    this.services.append(service, 0, service.length);
    this.levels.append(level, 0, level.length);
    this.patterns.append(low, high);
    this.lines.append(lines);
    this.marked.append(marked);
  }

  /** What a pattern is. */
  text(low: number, high: number, text: Uint8Array, isInside: boolean): void {
    this.textPatterns.append(low, high);
    this.texts.append(text, 0, text.length);
    this.inside.append(isInside ? 1 : 0);
  }

  sections(day: Day): Section[] {
    const sections: Section[] = [];
    const rows = this.times.rows;
    if (rows > 0) {
      const columns = [this.times, this.services, this.levels, this.patterns, this.lines, this.marked];
      const data = columns.map((column) => column.column());
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
    for (const column of [this.times, this.services, this.levels, this.patterns, this.lines, this.marked])
      column.clear();
    for (const column of [this.textPatterns, this.texts, this.inside]) column.clear();
  }
}
