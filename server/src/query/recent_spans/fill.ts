import { setTimeout as sleep } from 'node:timers/promises';
import { readSpanBlocks, type StoreReader } from '../../store/index.ts';
import type { FillTask, RecentSpans } from './recent_spans.ts';

export interface FillOptions {
  readonly recent: RecentSpans;
  readonly reader: StoreReader;
  readonly database: string;
  /** When the first span of the store began, ns. */
  readonly oldestNs: bigint;
  readonly isWanted: () => boolean;
  readonly onError: (error: unknown) => void;
  /** First pause after the store failed, ms. */
  readonly retryMs?: number;
}

const FIRST_WIDTH_NS = 300_000_000_000n;
const LEAST_WIDTH_NS = 1_000_000n;
const WIDEST_NS = 86_400_000_000_000n;
/** Stretches with fewer rows are followed by wider ones. */
const FEW_ROWS = 12_000;
const FILL_SECONDS = 600;
const DEFAULT_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** As long as this times what it took is waited after a stretch, so that queries and ingest have the machine. */
const PAUSE_SHARE = 1;

/** Fills memory from the store, the newest stretches first, until there is no room or nothing left. */
export async function fillBackwards(options: FillOptions): Promise<void> {
  const { recent, oldestNs, isWanted } = options;
  let widthNs = FIRST_WIDTH_NS;
  let pauseMs = options.retryMs ?? DEFAULT_RETRY_MS;
  for (;;) {
    const task = isWanted() ? recent.nextFill(widthNs, oldestNs) : undefined;
    if (task === undefined) return;
    const began = performance.now();
    try {
      const rows = await readStretch(options, task);
      if (!isWanted()) return;
      if (rows <= task.maxRows) task.finish();
      else if (widthNs <= LEAST_WIDTH_NS) return;
      widthNs = nextWidth(widthNs, rows, task.maxRows);
      pauseMs = options.retryMs ?? DEFAULT_RETRY_MS;
    } catch (error) {
      if (!isWanted()) return;
      options.onError(error);
      await sleep(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS);
    }
    await sleep((performance.now() - began) * PAUSE_SHARE, undefined, { ref: false });
  }
}

function nextWidth(widthNs: bigint, rows: number, maxRows: number): bigint {
  if (rows > maxRows) return widthNs / 4n > LEAST_WIDTH_NS ? widthNs / 4n : LEAST_WIDTH_NS;
  if (rows > FEW_ROWS) return widthNs;
  return widthNs * 2n < WIDEST_NS ? widthNs * 2n : WIDEST_NS;
}

/** Reads the spans of a stretch into its task; more than there may be when it is too long. */
async function readStretch({ reader, database }: FillOptions, task: FillTask): Promise<number> {
  const bounds = {
    database,
    maxSeconds: FILL_SECONDS,
    maxThreads: 1,
    maxResultBytes: 0,
    maxResultRows: 0,
    maxRowsToRead: Number.MAX_SAFE_INTEGER,
  };
  let rows = 0;
  for await (const block of readSpanBlocks(reader, { ...task, limit: task.maxRows + 1 }, bounds)) {
    rows += block.rows;
    if (rows > task.maxRows) break;
    if (!task.add(block)) return task.maxRows + 1;
    await sleep(0);
  }
  return rows;
}
