import { type LineShape, shapeOf } from '../../model/line_shape.ts';
import type { Section } from '../../model/section.ts';
import type { LogRows } from '../../model/stages.ts';
import type { Day } from '../../model/units.ts';
import { LogPatternColumns, TextBuilder } from '../../store/index.ts';

/** Loki keeps its counts at this resolution too, ms. */
const STEP_MS = 10_000;
/** Of more patterns a day the rest is one pattern, `<_>`: counts stay true, memory and tables stay small. */
const MOST_PATTERNS = 20_000;
/** Days whose patterns are remembered as written; late lines of older ones write their texts again. */
const KNOWN_DAYS = 8;
const TWO_TO_32 = 4_294_967_296;
/** The low bits of a hash's upper half that an exact number has room for. */
const HIGH_BITS = 0x1f_ffff;
const WILDCARD = Buffer.from('<_>');

const columns = new LogPatternColumns();
const template = new TextBuilder(1024, 1);
const shape: LineShape = { low: 0, high: 0, inside: false };

/** How often each pattern came in the rows being counted; a table with open addressing, used again for every request. */
const WORDS_EACH = 6;
let slots = new Int32Array(1024).fill(-1);
/** Time in steps, service and level as numbers of words, pattern low and high, first row. */
let entries = new Uint32Array(512 * WORDS_EACH);
let lines = new Uint32Array(512);
let marked = new Uint32Array(512);
let size = 0;

/** Counts the patterns of one tenant's lines. */
export class PatternCounts {
  readonly #known = new Map<Day, Set<number>>();

  /** The sections that go with these rows: their counts, and the texts of patterns that are new on that day. */
  sections(rows: LogRows, day: Day): readonly Section[] {
    if (size > 0) slots.fill(-1);
    size = 0;
    countRows(rows);
    columns.clear();
    const known = this.#knownOf(day);
    for (let entry = 0; entry < size; entry++) this.#write(rows, entry, known);
    return columns.sections(day);
  }

  /** Rows that were made may not have been stored: texts are written again. */
  forget(): void {
    this.#known.clear();
  }

  #knownOf(day: Day): Set<number> {
    let known = this.#known.get(day);
    if (known === undefined) {
      if (this.#known.size >= KNOWN_DAYS) this.#known.delete(Math.min(...this.#known.keys()) as Day);
      known = new Set();
      this.#known.set(day, known);
    }
    return known;
  }

  #write(rows: LogRows, entry: number, known: Set<number>): void {
    const [steps = 0, service = 0, level = 0, low = 0, high = 0, row = 0] = entries.subarray(
      entry * WORDS_EACH,
      (entry + 1) * WORDS_EACH,
    );
    const id = (high & HIGH_BITS) * TWO_TO_32 + low;
    const isOther = !known.has(id) && known.size >= MOST_PATTERNS;
    const wordBytes = (words: LogRows['body'], index: number): Uint8Array =>
      words.bytes.subarray(words.start(index), words.start(index + 1));
    columns.count(
      (steps * STEP_MS) / 1000,
      wordBytes(rows.serviceName.words, service),
      wordBytes(rows.severityText.words, level),
      isOther ? 0 : low,
      isOther ? 0 : high,
      lines[entry] ?? 0,
      marked[entry] ?? 0,
    );
    if (isOther) {
      if (!known.has(0)) columns.text(0, 0, WILDCARD, false);
      known.add(0);
      return;
    }
    if (known.has(id)) return;
    known.add(id);
    template.clear();
    shapeOf(rows.body.bytes, rows.body.start(row), rows.body.start(row + 1), shape, template);
    columns.text(low, high, template.bytes.subarray(0, template.length), shape.inside);
  }
}

function countRows({ rows, body, timestamp, serviceName, severityText, mayRepeat }: LogRows): void {
  const { bytes } = body;
  let start = body.start(0);
  for (let row = 0; row < rows; row++) {
    const end = body.start(row + 1);
    shapeOf(bytes, start, end, shape);
    start = end;
    const steps = Math.floor(timestamp.ms(row) / STEP_MS);
    const entry = entryOf(steps, serviceName.index(row), severityText.index(row), shape.low, shape.high, row);
    lines[entry] = (lines[entry] as number) + 1;
    marked[entry] = (marked[entry] as number) + mayRepeat.at(row);
  }
}

function entryOf(steps: number, service: number, level: number, low: number, high: number, row: number): number {
  let mask = slots.length - 1;
  let slot = (low ^ Math.imul(steps, 0x9e37_79b1) ^ Math.imul(service * 8 + level, 0x85eb_ca6b)) & mask;
  for (;;) {
    const entry = slots[slot] as number;
    if (entry < 0) break;
    const at = entry * WORDS_EACH;
    if (
      entries[at + 3] === low &&
      entries[at + 4] === high &&
      entries[at] === steps &&
      entries[at + 1] === service &&
      entries[at + 2] === level
    )
      return entry;
    slot = (slot + 1) & mask;
  }
  if (size * 2 >= slots.length) {
    grow();
    mask = slots.length - 1;
    return entryOf(steps, service, level, low, high, row);
  }
  slots[slot] = size;
  entries.set([steps, service, level, low, high, row], size * WORDS_EACH);
  lines[size] = 0;
  marked[size] = 0;
  return size++;
}

/** Doubles the table. */
function grow(): void {
  slots = new Int32Array(slots.length * 2).fill(-1);
  const mask = slots.length - 1;
  if (lines.length < slots.length / 2) {
    entries = doubled(entries);
    lines = doubled(lines);
    marked = doubled(marked);
  }
  for (let entry = 0; entry < size; entry++) {
    const [steps = 0, service = 0, level = 0, low = 0] = entries.subarray(entry * WORDS_EACH, entry * WORDS_EACH + 4);
    let slot = (low ^ Math.imul(steps, 0x9e37_79b1) ^ Math.imul(service * 8 + level, 0x85eb_ca6b)) & mask;
    while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    slots[slot] = entry;
  }
}

function doubled(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(values.length * 2);
  next.set(values);
  return next;
}
