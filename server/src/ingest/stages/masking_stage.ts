import type { LogRows, MapEntries, SpanRows, TextRows, WordEntries } from '../../model/stages.ts';
import type { Masker, NoteMasked } from './masking/masker.ts';

/** Told how often a rule masked something of a service; of several services at once the name is empty. */
export type CountMasked = (rule: string, service: string) => void;

/** Masks every column of log rows that holds free text. Trace and span ids are hex digits by their decoders. */
export function maskLogs(masker: Masker, rows: LogRows, count: CountMasked): void {
  const ofAny: NoteMasked = (rule) => count(rule, '');
  masker.words(rows.serviceName, ofAny);
  const serviceOf = (row: number): string => wordOf(rows.serviceName.words, rows.serviceName.index(row));
  const ofRow: NoteMasked = (rule, row) => count(rule, serviceOf(row));
  masker.rows(rows.body, ofRow);
  for (const entries of [rows.logAttributes, rows.resourceAttributes, rows.scopeAttributes]) {
    masker.entries(entries, (rule, entry) =>
      count(rule, entry < 0 ? '' : serviceOf(rowOfEntry(entries, entry, rows.rows))),
    );
  }
  for (const words of [rows.scopeName, rows.scopeVersion, rows.eventName]) masker.words(words, ofAny);
  // Both repeat what the body or an attribute says, where it was counted.
  for (const texts of [rows.requestId, rows.userId]) masker.rows(texts, () => undefined);
}

/** The row whose entries hold the `entry`-th. */
function rowOfEntry({ offsets }: MapEntries, entry: number, rows: number): number {
  let low = 0;
  let high = rows - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets.at(middle) > entry) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Masks every column of spans that holds free text. */
export function maskSpans(masker: Masker, rows: SpanRows, count: CountMasked): void {
  const note: NoteMasked = (rule) => count(rule, '');
  for (const entries of [rows.attributes, rows.resourceAttributes])
    masker.entries(entries.pairs, ofPairs(entries, note));
  for (const entries of [rows.eventAttributes, rows.linkAttributes, rows.scopeAttributes])
    masker.entries(entries, note);
  for (const words of [rows.name, rows.serviceName, rows.scopeName, rows.scopeVersion, rows.eventName]) {
    masker.words(words, note);
  }
  for (const texts of [rows.statusMessage, rows.traceState, rows.linkTraceState]) masker.rows(texts, note);
}

/** Notes what was masked in a pair as often as there are entries that have it. */
function ofPairs({ values }: WordEntries, note: NoteMasked): NoteMasked {
  let entries: Uint32Array | undefined;
  return (rule, pair) => {
    if (entries === undefined) {
      entries = new Uint32Array(values.words.rows);
      for (let entry = 0; entry < values.rows; entry++) {
        const word = values.index(entry);
        entries[word] = (entries[word] as number) + 1;
      }
    }
    for (let count = entries[pair] ?? 1; count > 0; count--) note(rule, pair);
  };
}

/** A word of a vocabulary, or a row, as text. */
export function wordOf(words: TextRows, index: number): string {
  const { bytes } = words;
  const start = words.start(index);
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, words.start(index + 1) - start).toString('utf8');
}
