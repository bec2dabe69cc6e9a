import { getUint64, setUint64 } from '../base/segment_frame.ts';
import type { Section, TableName } from '../model/section.ts';
import type { Day } from '../model/units.ts';

/** Frame type of everything one request brought. */
export const FRAME_SECTIONS = 1;

/** Numbers of the tables on disk; never reused, never changed. */
const TABLE_CODES: Readonly<Record<TableName, number>> = {
  series: 1,
  samples: 2,
  native_histograms: 3,
  metadata: 4,
  exemplars: 5,
  log_streams: 6,
  otel_logs: 7,
  otel_traces: 8,
  otel_traces_trace_id_ts: 9,
  state: 10,
  sample_starts: 11,
  log_patterns: 12,
  log_pattern_texts: 13,
  span_facts: 14,
  span_sums: 15,
  held_spans: 16,
  alert_ledger: 17,
  slo_facts: 18,
};
const TABLE_BY_CODE = new Map(Object.entries(TABLE_CODES).map(([table, code]) => [code, table as TableName]));

const FIXED_BYTES = 24;
const SECTION_BYTES = 16;
export const BODY_HASH_BYTES = 16;

/** What one request brought, as the log keeps it. */
export interface Batchlet {
  readonly tenant: string;
  /** The batch all sections belong to; with table and partition it names one INSERT. */
  readonly batchId: number;
  /** Wall clock of the append, ms. */
  readonly timeMs: number;
  /** 16 bytes that identify the request's body, or undefined when it can not be repeated. */
  readonly bodyHash: Uint8Array | undefined;
  readonly sections: readonly Section[];
}

/** The payload's pieces: one head, then the blocks untouched. Throws RangeError when something does not fit the format. */
export function encodeFrame(frame: Batchlet): Uint8Array[] {
  const tenant = new TextEncoder().encode(frame.tenant);
  const hashLength = frame.bodyHash?.length ?? 0;
  if (tenant.length > 255) throw new RangeError('tenant name longer than 255 bytes');
  if (frame.sections.length > 65_535) throw new RangeError('more than 65535 sections in a frame');
  if (hashLength !== 0 && hashLength !== BODY_HASH_BYTES) throw new RangeError(`body hash of ${hashLength} bytes`);
  const head = new Uint8Array(FIXED_BYTES + tenant.length + hashLength + frame.sections.length * SECTION_BYTES);
  const view = new DataView(head.buffer);
  head[0] = tenant.length;
  head[1] = hashLength;
  view.setUint16(2, frame.sections.length, true);
  setUint64(view, 8, frame.batchId);
  setUint64(view, 16, frame.timeMs);
  head.set(tenant, FIXED_BYTES);
  if (frame.bodyHash !== undefined) head.set(frame.bodyHash, FIXED_BYTES + tenant.length);
  let at = FIXED_BYTES + tenant.length + hashLength;
  const pieces: Uint8Array[] = [head];
  for (const section of frame.sections) {
    view.setUint8(at, TABLE_CODES[section.table]);
    view.setUint32(at + 4, section.partition, true);
    view.setUint32(at + 8, section.rows, true);
    view.setUint32(at + 12, section.block.length, true);
    at += SECTION_BYTES;
    pieces.push(section.block);
  }
  return pieces;
}

/** The frame without its sections, for the index of a segment; undefined when the payload is not of this format. */
export function decodeFrameHead(payload: Uint8Array<ArrayBuffer>): Omit<Batchlet, 'sections'> | undefined {
  if (payload.length < FIXED_BYTES) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const tenantLength = view.getUint8(0);
  const hashLength = view.getUint8(1);
  const bodyStart = FIXED_BYTES + tenantLength + hashLength;
  if (payload.length < bodyStart || (hashLength !== 0 && hashLength !== BODY_HASH_BYTES)) return undefined;
  return {
    tenant: new TextDecoder().decode(payload.subarray(FIXED_BYTES, FIXED_BYTES + tenantLength)),
    batchId: getUint64(view, 8),
    timeMs: getUint64(view, 16),
    bodyHash: hashLength === 0 ? undefined : payload.slice(FIXED_BYTES + tenantLength, bodyStart),
  };
}

/** The whole frame; blocks are views into the payload. Undefined when the payload is not of this format. */
export function decodeFrame(payload: Uint8Array<ArrayBuffer>): Batchlet | undefined {
  const head = decodeFrameHead(payload);
  if (head === undefined) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const count = view.getUint16(2, true);
  let at = FIXED_BYTES + view.getUint8(0) + view.getUint8(1);
  let blockAt = at + count * SECTION_BYTES;
  const sections: Section[] = [];
  for (let i = 0; i < count; i++, at += SECTION_BYTES) {
    if (at + SECTION_BYTES > payload.length) return undefined;
    const table = TABLE_BY_CODE.get(view.getUint8(at));
    const length = view.getUint32(at + 12, true);
    if (table === undefined || blockAt + length > payload.length) return undefined;
    const partition = view.getUint32(at + 4, true) as Day | 0;
    const rows = view.getUint32(at + 8, true);
    sections.push({ table, partition, rows, block: payload.subarray(blockAt, blockAt + length) });
    blockAt += length;
  }
  return blockAt === payload.length ? { ...head, sections } : undefined;
}
