import { type LineShape, shapeOf } from '../../model/line_shape.ts';
import type { Section } from '../../model/section.ts';
import type { LogRows } from '../../model/stages.ts';
import type { Day } from '../../model/units.ts';
import { LogPatternColumns, PatternCountTable, TextBuilder } from '../../store/index.ts';
import { KnownPatterns } from './known_patterns.ts';

/** Loki keeps its counts at this resolution too, seconds. */
const STEP_SECONDS = 10;
/** Of more patterns a day the rest is one pattern, `<_>`: counts stay true, memory and tables stay small. */
const MOST_PATTERNS = 20_000;
/** Days whose patterns are remembered as written; late lines of older ones write their texts again. */
const KNOWN_DAYS = 8;

const WILDCARD = Buffer.from('<_>');

const texts = new LogPatternColumns();
const template = new TextBuilder(1024, 1);
const shape: LineShape = { low: 0, high: 0, inside: false };

/** Used again for every request. */
const counts = new PatternCountTable();

/** The patterns of a day whose texts are written. */
interface Written {
  readonly patterns: KnownPatterns;
  other: boolean;
}

/** Counts the patterns of one tenant's lines. */
export class PatternCounts {
  readonly #written = new Map<Day, Written>();

  /** The sections that go with these rows: their counts, and the texts of patterns that are new on that day. */
  sections(rows: LogRows, day: Day): readonly Section[] {
    counts.clear();
    texts.clear();
    countRows(rows, this.#writtenOf(day));
    return texts.sections(day, counts, rows.serviceName.words, rows.severityText.words);
  }

  /** Rows that were made may not have been stored: texts are written again. */
  forget(): void {
    this.#written.clear();
  }

  #writtenOf(day: Day): Written {
    let written = this.#written.get(day);
    if (written === undefined) {
      if (this.#written.size >= KNOWN_DAYS) this.#written.delete(Math.min(...this.#written.keys()) as Day);
      written = { patterns: new KnownPatterns(), other: false };
      this.#written.set(day, written);
    }
    return written;
  }
}

function countRows({ rows, body, timestamp, serviceName, severityText, mayRepeat }: LogRows, written: Written): void {
  const { bytes } = body;
  let start = body.start(0);
  for (let row = 0; row < rows; row++) {
    const end = body.start(row + 1);
    shapeOf(bytes, start, end, shape);
    if (!written.patterns.has(shape.low, shape.high)) writeText(written, bytes, start, end);
    start = end;
    const time = Math.floor(timestamp.ms(row) / (STEP_SECONDS * 1000)) * STEP_SECONDS;
    counts.add(time, serviceName.index(row), severityText.index(row), shape.low, shape.high, 1, mayRepeat.at(row));
  }
}

/** Writes the text of the line's shape, which is new; of too many the shape becomes that of all others. */
function writeText(written: Written, bytes: Uint8Array, start: number, end: number): void {
  const { low, high } = shape;
  if (written.patterns.size < MOST_PATTERNS) {
    written.patterns.add(low, high);
    template.clear();
    shapeOf(bytes, start, end, shape, template);
    texts.text(low, high, template.bytes.subarray(0, template.length), shape.inside);
    return;
  }
  if (!written.other) texts.text(0, 0, WILDCARD, false);
  written.other = true;
  shape.low = 0;
  shape.high = 0;
}
