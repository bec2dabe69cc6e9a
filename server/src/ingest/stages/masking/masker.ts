import type { MapEntries, TextRows, WordRows } from '../../../model/stages.ts';
import { anchorTable, findAnchors } from './anchors.ts';
import { findCardNumbers } from './card_number.ts';
import { BUILT_IN_RULES, type BuiltInRule, type Finding, type Found, MASK } from './finding.ts';
import { findWholeValue, kindOfKey } from './key_values.ts';
import { shortAnchors } from './short_anchors.ts';
import { type CompiledRule, compileRule, findMatches, type UserRule } from './user_rules.ts';

type ReadRows = Omit<TextRows, 'splice'>;
type Entries = Pick<MapEntries, 'keys' | 'values' | 'distinct'>;

/** What is masked. */
export interface MaskingRules {
  readonly builtIn: ReadonlySet<BuiltInRule>;
  readonly patterns: readonly UserRule[];
}

export const DEFAULT_MASKING: MaskingRules = { builtIn: new Set(BUILT_IN_RULES), patterns: [] };

/** Told of every place that was masked: the rule, and the row (or entry) it was in; -1 when it was in many. */
export type NoteMasked = (rule: string, row: number) => void;

/** Replaces what must not be stored. Finding nothing costs a probe every third byte. */
export interface Masker {
  rows(rows: TextRows, note: NoteMasked): void;
  /** The vocabulary of a column; notes the word's number as the row. */
  words(rows: WordRows, note: NoteMasked): void;
  /** Values, also by what their key says they are, and keys. */
  entries(entries: Entries, note: NoteMasked): void;
  /** A value by its name, as of a label. */
  value(name: string, value: string, note: (rule: string) => void): string;
  /** One text by itself. */
  text(text: string, note?: (rule: string) => void): string;
}

/** Throws MaskingRuleError. */
export function createMasker({ builtIn, patterns }: MaskingRules): Masker {
  const anchors = anchorTable(builtIn);
  const compiled = patterns.map(compileRule);
  const anyAnchor = anchors.looks.length > 0;
  const findShort = shortAnchors(builtIn);
  const row = { start: 0, end: 0, number: 0 };

  const find = (rows: ReadRows, findings: Finding[]): void => {
    const { bytes, length } = rows;
    const builtInFound = inForce(builtIn, findings);
    row.number = 0;
    const rowAt = (at: number): typeof row => {
      row.number = rowFrom(rows, at, row.number);
      row.start = rows.start(row.number);
      row.end = rows.start(row.number + 1);
      return row;
    };
    if (builtIn.has('card')) findCardNumbers(bytes, length, rowAt, builtInFound);
    if (anyAnchor) findAnchors(anchors, bytes, length, rowAt, builtInFound);
    findShort(bytes, length, rowAt, builtInFound);
    for (const rule of compiled) findByPattern(rule, rows, rowAt, findings);
  };

  const apply = (rows: TextRows, findings: Finding[], note: NoteMasked): void => {
    if (findings.length === 0) return;
    const edits = disjoint(findings);
    for (const { rule, start } of edits) note(rule, rowOf(rows, start));
    rows.splice(edits);
  };

  const maskRows = (rows: TextRows, note: NoteMasked): void => {
    const findings: Finding[] = [];
    find(rows, findings);
    apply(rows, findings, note);
  };

  /** Whether there is anything to find, looking at repeated entries once. */
  const mayHold = ({ values, distinct }: Entries): boolean => {
    if (distinct === undefined) return true;
    const findings: Finding[] = [];
    for (let i = 0; i < distinct.length; i += 2)
      find(rowsBetween(values, distinct[i] ?? 0, distinct[i + 1] ?? 0), findings);
    return findings.length > 0;
  };

  return {
    rows: maskRows,
    words: (rows, note) => maskRows(rows.words, note),
    entries(entries, note) {
      const findings: Finding[] = [];
      findByKeys(entries, builtIn, findings);
      if (findings.length > 0 || mayHold(entries)) find(entries.values, findings);
      apply(entries.values, findings, note);
      maskRows(entries.keys.words, (rule) => note(rule, -1));
    },
    value(name, value, note) {
      const rows = oneRow(Buffer.from(value));
      const findings: Finding[] = [];
      const key = Buffer.from(name);
      const kind = kindOfKey(key, 0, key.length);
      if (kind !== undefined) findWholeValue(kind, rows.bytes, 0, rows.length, inForce(builtIn, findings));
      find(rows, findings);
      apply(rows, findings, note);
      return textOf(rows);
    },
    text(text, note) {
      const rows = oneRow(Buffer.from(text));
      maskRows(rows, (rule) => note?.(rule));
      return textOf(rows);
    },
  };
}

/** Rows looked at one by one before the row is searched for. */
const NEAR_ROWS = 16;

/** The row that holds the byte at `at`, which is mostly `known` or soon behind it. */
function rowFrom(rows: ReadRows, at: number, known: number): number {
  if (known < rows.rows && rows.start(known) <= at) {
    const last = Math.min(rows.rows - 1, known + NEAR_ROWS);
    for (let row = known; row <= last; row++) if (rows.start(row + 1) > at) return row;
  }
  return rowOf(rows, at);
}

/** The row that holds the byte at `at`: the last one that begins at or before it. */
function rowOf(rows: ReadRows, at: number): number {
  let low = 0;
  let high = rows.rows - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows.start(middle) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function findByPattern(
  rule: CompiledRule,
  rows: ReadRows,
  rowAt: (at: number) => { readonly start: number; readonly end: number },
  findings: Finding[],
): void {
  const { bytes, length } = rows;
  const found = (start: number, end: number, replacement: Uint8Array): void => {
    findings.push({ rule: rule.name, start, end, replacement });
  };
  if (rule.literal === undefined) {
    for (let i = 0; i < rows.rows; i++) findMatches(rule, bytes, rows.start(i), rows.start(i + 1), found);
    return;
  }
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  for (let at = haystack.indexOf(rule.literal); at >= 0; ) {
    const { start, end } = rowAt(at);
    findMatches(rule, bytes, start, end, found);
    at = haystack.indexOf(rule.literal, end);
  }
}

/** Values whose key says that they are secret. */
function findByKeys({ keys, values }: Entries, builtIn: ReadonlySet<BuiltInRule>, findings: Finding[]): void {
  const { words } = keys;
  const kinds = Array.from({ length: words.rows }, (_, word) =>
    kindOfKey(words.bytes, words.start(word), words.start(word + 1)),
  );
  if (kinds.every((kind) => kind === undefined)) return;
  const found = inForce(builtIn, findings);
  for (let entry = 0; entry < keys.rows; entry++) {
    const kind = kinds[keys.index(entry)];
    if (kind !== undefined) findWholeValue(kind, values.bytes, values.start(entry), values.start(entry + 1), found);
  }
}

/** In order of place, overlapping ones joined: what a later one has beyond an earlier one is masked too. */
function disjoint(findings: Finding[]): Finding[] {
  findings.sort((a, b) => a.start - b.start || b.end - a.end);
  const edits: Finding[] = [];
  let end = 0;
  for (const finding of findings) {
    if (finding.end <= end) continue;
    edits.push(finding.start >= end ? finding : { ...finding, start: end, replacement: MASK });
    end = finding.end;
  }
  return edits;
}

/** Rows [from, to) of a column, to be read only. */
function rowsBetween(rows: TextRows, from: number, to: number): ReadRows {
  const begin = rows.start(from);
  const bytes = rows.bytes.subarray(begin, rows.start(to));
  return { bytes, length: bytes.length, rows: to - from, start: (row) => rows.start(from + row) - begin };
}

/** Notes the findings of rules that are in force. */
function inForce(builtIn: ReadonlySet<BuiltInRule>, findings: Finding[]): Found {
  return (rule, start, end, replacement) => {
    const isInForce = builtIn.has(rule);
    if (isInForce) findings.push({ rule, start, end, replacement });
    return isInForce;
  };
}

function textOf(rows: ReadRows): string {
  return Buffer.from(rows.bytes.subarray(0, rows.length)).toString('utf8');
}

/** A column of one row. */
function oneRow(bytes: Buffer<ArrayBuffer>): TextRows {
  let current: Uint8Array<ArrayBuffer> = bytes;
  return {
    get bytes() {
      return current;
    },
    get length() {
      return current.length;
    },
    rows: 1,
    start: (row) => (row === 0 ? 0 : current.length),
    splice(edits) {
      const parts: Uint8Array[] = [];
      let at = 0;
      for (const { start, end, replacement } of edits) {
        parts.push(current.subarray(at, start), replacement);
        at = end;
      }
      current = Buffer.concat([...parts, current.subarray(at)]);
    },
  };
}
