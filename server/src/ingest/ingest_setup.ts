import { createLogger, type Logger } from '../base/telemetry/log.ts';
import type { Section, TableName } from '../model/section.ts';
import type { Day } from '../model/units.ts';
import { itemBlock } from './fake_store.ts';
import type { IngestOptions } from './ingest.ts';
import { DEFAULT_LIMITS, type LogLimits } from './limits.ts';

/** Shared by the tests of this room: small limits, no waiting, a log that is kept. */
export const SMALL_LIMITS: LogLimits = {
  ...DEFAULT_LIMITS.log,
  segmentBytes: 2048,
  freeBytes: 0,
  freeRatio: 0,
  frameBytes: 8 * 1024 * 1024,
  groupDelayMs: 0,
  batchMs: 0,
};

export interface KeptLog {
  readonly log: Logger;
  readonly lines: string[];
}

export function keptLog(): KeptLog {
  const lines: string[] = [];
  return { log: createLogger({ service: 'test', level: 'DEBUG', write: (line) => lines.push(line) }), lines };
}

const TEST_DAY = 20_261_122 as Day;

export function section(table: TableName, item: number, rows = 1, bytes = 16): Section {
  return { table, partition: TEST_DAY, rows, block: itemBlock(item, bytes) };
}

/** 16 bytes that stand for a body. */
export function hashOf(n: number): Uint8Array {
  const bytes = new Uint8Array(16).fill(0xa5);
  new DataView(bytes.buffer).setUint32(0, n, true);
  return bytes;
}

export function ingestOptions(
  needed: Pick<IngestOptions, 'store' | 'files'>,
  changed: Partial<IngestOptions> = {},
): IngestOptions {
  return {
    dataDirectory: '/data',
    log: keptLog().log,
    limits: SMALL_LIMITS,
    onPoison: () => {},
    backoffMs: 1,
    maxBackoffMs: 2,
    checkpointMs: 0,
    ...needed,
    ...changed,
  };
}
