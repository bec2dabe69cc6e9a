import { noParent, spanKinds, spanStatuses, type TraceColumnsAnswer } from '@trilith/contract';
import { type SpanTable, spanTable } from './spanTable.ts';

/** A span of a trace that a test writes down. */
export interface Draft {
  readonly name: string;
  /** Place in the list; null for a root, -2 for a parent that never arrived. */
  readonly parent: number | null;
  readonly start: number;
  readonly end: number;
  readonly service?: string;
  readonly kind?: (typeof spanKinds)[number];
  readonly failed?: boolean;
}

/** A number as a span id. */
export function hex(value: number): string {
  return value.toString(16).padStart(16, '0');
}

/** The answer of drafts, which come by start. */
export function answerOf(drafts: readonly Draft[]): TraceColumnsAnswer {
  const services = [...new Set(drafts.map((one) => one.service ?? 'api'))];
  const operations = [...new Set(drafts.map((one) => one.name))];
  return {
    traceId: hex(1).padStart(32, '0'),
    startNs: '1795309200000000000',
    services,
    operations,
    spans: {
      ids: drafts.map((_, at) => hex(at + 1)).join(''),
      parents: drafts.map((one) => one.parent ?? noParent),
      service: drafts.map((one) => services.indexOf(one.service ?? 'api')),
      operation: drafts.map((one) => operations.indexOf(one.name)),
      kind: drafts.map((one) => spanKinds.indexOf(one.kind ?? 'internal')),
      status: drafts.map((one) => spanStatuses.indexOf(one.failed === true ? 'error' : 'unset')),
      start: drafts.map((one) => one.start),
      duration: drafts.map((one) => one.end - one.start),
    },
    linked: [],
    events: { names: [], row: [], at: [], name: [] },
    notes: { partial: false, warnings: [], elapsedMs: 0, scannedRows: 0, scannedBytes: 0 },
  };
}

export const tableOf = (drafts: readonly Draft[]): SpanTable => spanTable(answerOf(drafts));

/** A request that reads, parses and writes, where the writing fails. */
export const sample: readonly Draft[] = [
  { name: 'root', parent: null, start: 0, end: 100 },
  { name: 'read', parent: 0, start: 10, end: 40 },
  { name: 'parse', parent: 1, start: 15, end: 25 },
  { name: 'write', parent: 0, start: 50, end: 90, service: 'db', failed: true },
];
