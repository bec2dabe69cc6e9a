import { type AttributeIndex, pairsWith } from './attributeIndex.ts';
import type { CriticalPath } from './criticalPath.ts';
import { plumbingRows } from './plumbing.ts';
import { idOf, type SpanTable } from './spanTable.ts';

export const pills = ['all', 'errors', 'slow', 'critical'] as const;
export type Pill = (typeof pills)[number];

export interface SpanFilter {
  /** Text looked for in operation, service, span id and attributes. */
  readonly text: string;
  readonly pill: Pill;
  readonly hiddenServices: ReadonlySet<string>;
  /** Shorter spans are hidden, ms. */
  readonly minMs: number;
  /** Spans that are plumbing are hidden, also where they lead to a match. */
  readonly hideInfra: boolean;
}

/** What becomes of each row: hidden, hidden with a match below that is shown, shown because it leads to a match, or a match. */
export interface Sifted {
  readonly states: Uint8Array;
  readonly matches: number;
}

export const HIDDEN = 0;
export const THROUGH = 1;
export const LEADS = 2;
export const MATCHES = 3;

/** A span counts as slow from this share of the trace on, by its own time. */
const slowShare = 0.1;

/** True when the filter lets everything through. */
function isOpen({ text, pill, hiddenServices, minMs, hideInfra }: SpanFilter): boolean {
  return text.trim() === '' && pill === 'all' && hiddenServices.size === 0 && minMs === 0 && !hideInfra;
}

function namesWith(names: readonly string[], text: string): Uint8Array {
  return Uint8Array.from(names, (name) => (name.toLowerCase().includes(text) ? 1 : 0));
}

/** A test of rows for a text: names are looked through once each, not once a span. */
function textTest(table: SpanTable, text: string, attributes: AttributeIndex | null): (row: number) => boolean {
  const services = namesWith(table.services, text);
  const operations = namesWith(table.operations, text);
  const pairs = attributes === null ? null : pairsWith(attributes, text);
  const isId = /^[0-9a-f]{4,16}$/.test(text);
  return (row) => {
    if (services[table.service[row] ?? 0] === 1 || operations[table.operation[row] ?? 0] === 1) return true;
    if (isId && idOf(table, row).includes(text)) return true;
    if (attributes === null || pairs === null) return false;
    for (let at = attributes.offsets[row] ?? 0; at < (attributes.offsets[row + 1] ?? 0); at += 1) {
      if (pairs[attributes.pairs[at] ?? 0] === 1) return true;
    }
    return false;
  };
}

/** Whether a row is shown. */
export function isSeen(sifted: Sifted | null, row: number): boolean {
  return sifted === null || (sifted.states[row] ?? HIDDEN) >= LEADS;
}

/** Applies a filter; null when everything passes. Ancestors of a match are kept, so that it has its place, but for plumbing. */
export function sift(
  table: SpanTable,
  filter: SpanFilter,
  critical: CriticalPath,
  attributes: AttributeIndex | null,
): Sifted | null {
  if (isOpen(filter)) return null;
  const { count, parent, service, self, duration, failed } = table;
  const text = filter.text.trim().toLowerCase();
  const contains = text === '' ? null : textTest(table, text, attributes);
  const hidden = Uint8Array.from(table.services, (name) => (filter.hiddenServices.has(name) ? 1 : 0));
  const plumbing = filter.hideInfra ? plumbingRows(table, attributes) : null;
  const slowNs = table.durationNs * slowShare;
  const minNs = filter.minMs * 1e6;
  const states = new Uint8Array(count);
  let matches = 0;
  for (let row = count - 1; row >= 0; row -= 1) {
    const passes =
      plumbing?.[row] !== 1 &&
      hidden[service[row] ?? 0] === 0 &&
      (duration[row] ?? 0) >= minNs &&
      (filter.pill !== 'errors' || failed[row] === 1) &&
      (filter.pill !== 'slow' || (self[row] ?? 0) >= slowNs) &&
      (filter.pill !== 'critical' || critical.on[row] === 1) &&
      (contains === null || contains(row));
    if (passes) {
      states[row] = MATCHES;
      matches += 1;
    }
    const above = parent[row] ?? -1;
    if (states[row] !== HIDDEN && above >= 0 && states[above] === HIDDEN) {
      states[above] = plumbing?.[above] === 1 ? THROUGH : LEADS;
    }
  }
  return { states, matches };
}
