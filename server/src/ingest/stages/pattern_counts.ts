import { type LineShape, shapeOf } from '../../model/line_shape.ts';
import type { Section } from '../../model/section.ts';
import type { LogRows } from '../../model/stages.ts';
import type { Day } from '../../model/units.ts';
import { LogPatternColumns, TextBuilder } from '../../store/index.ts';
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

/**
 * How often each pattern came in the rows being counted, by time, service and level: columns, found through a table with
 * open addressing whose slots hold numbers of entries from 1, 0 is empty. Used again for every request.
 */
const counts = {
  size: 0,
  slots: new Uint32Array(4096),
  times: new Uint32Array(2048),
  services: new Uint32Array(2048),
  levels: new Uint32Array(2048),
  patterns: new Uint32Array(2 * 2048),
  lines: new Uint32Array(2048),
  marked: new Uint32Array(2048),
};

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
    if (counts.size > 0) counts.slots.fill(0);
    counts.size = 0;
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
    const entry = entryOf(time, serviceName.index(row), severityText.index(row), shape.low, shape.high);
    counts.lines[entry] = (counts.lines[entry] as number) + 1;
    counts.marked[entry] = (counts.marked[entry] as number) + mayRepeat.at(row);
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

/** The number of the entry, which is made when there is none. */
function entryOf(time: number, service: number, level: number, low: number, high: number): number {
  const { slots, times, services, levels, patterns, size } = counts;
  const mask = slots.length - 1;
  let slot = hashOf(time, service, level, low) & mask;
  for (let number = slots[slot] as number; number !== 0; number = slots[slot] as number) {
    const entry = number - 1;
    if (
      patterns[entry * 2] === low &&
      patterns[entry * 2 + 1] === high &&
      times[entry] === time &&
      services[entry] === service &&
      levels[entry] === level
    )
      return entry;
    slot = (slot + 1) & mask;
  }
  if (size >= times.length) {
    grow();
    return entryOf(time, service, level, low, high);
  }
  slots[slot] = ++counts.size;
  times[size] = time;
  services[size] = service;
  levels[size] = level;
  patterns[size * 2] = low;
  patterns[size * 2 + 1] = high;
  counts.lines[size] = 0;
  counts.marked[size] = 0;
  return size;
}

function hashOf(time: number, service: number, level: number, low: number): number {
  const hash = low ^ Math.imul(time, 0x9e37_79b1) ^ Math.imul(service * 8 + level, 0x85eb_ca6b);
  return hash ^ (hash >>> 15);
}

/** Doubles the table. */
function grow(): void {
  counts.times = doubled(counts.times);
  counts.services = doubled(counts.services);
  counts.levels = doubled(counts.levels);
  counts.patterns = doubled(counts.patterns);
  counts.lines = doubled(counts.lines);
  counts.marked = doubled(counts.marked);
  const { times, services, levels, patterns, size } = counts;
  const slots = new Uint32Array(counts.slots.length * 2);
  const mask = slots.length - 1;
  for (let entry = 0; entry < size; entry++) {
    const hash = hashOf(
      times[entry] as number,
      services[entry] as number,
      levels[entry] as number,
      patterns[entry * 2] as number,
    );
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = entry + 1;
  }
  counts.slots = slots;
}

function doubled(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(values.length * 2);
  next.set(values);
  return next;
}
