import { setTimeout as sleep } from 'node:timers/promises';
import { readLogSectionsBefore, type StoreReader } from '../../store/index.ts';
import { packSections, WholeSections } from './kept_sections.ts';
import { LINES_OF_A_STRETCH, type RecentLogs } from './recent_logs.ts';
import { addSection, closeStretch, memoryOf, newStretch, type Stretch } from './stretch.ts';

export interface FillOptions {
  readonly recent: RecentLogs;
  readonly reader: StoreReader;
  readonly database: string;
  readonly isWanted: () => boolean;
  readonly onError: (error: unknown) => void;
  /** First pause after the store failed, or after records that may be in the store came meanwhile, ms. */
  readonly retryMs?: number;
  /** Records read at once. */
  readonly most?: number;
}

const MOST_AT_ONCE = 32_768;
/** Where so many take more memory than there is, or the store cannot read so many at once, fewer are read, down to this. */
const FEWEST_AT_ONCE = 128;
/** What records may take in memory, bytes, as far as room for them is concerned. */
const RECORD_BYTES = 64;
const FILL_SECONDS = 600;
const DEFAULT_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** As long as this times what it took is waited after a slice, so that queries and ingest have the machine. */
const PAUSE_SHARE = 3;
/** Sections of the store come before all others. */
const FIRST_PLACE = -(2 ** 52);

interface Slice {
  readonly stretches: readonly Stretch[];
  /** The store had nothing else from then on, ns; 0 when it had nothing else at all. */
  readonly fromNs: bigint;
}

/** Fills memory from the store, the newest records first, until there is no room or nothing left. */
export async function fillBackwards(options: FillOptions): Promise<void> {
  const { recent, isWanted } = options;
  const atOnce = options.most ?? MOST_AT_ONCE;
  let most = atOnce;
  const firstPause = options.retryMs ?? DEFAULT_RETRY_MS;
  let pauseMs = firstPause;
  while (isWanted() && recent.roomToFill > most * RECORD_BYTES) {
    const { floorNs: beforeNs, loadedMs } = recent;
    if (beforeNs === undefined || beforeNs === 0n) return;
    const began = performance.now();
    try {
      const slice = await readSlice(options, beforeNs, most);
      if (!isWanted()) return;
      if (slice === undefined) {
        if (most <= FEWEST_AT_ONCE) return;
        most = fewer(most);
        continue;
      }
      // More records of one time than are read at once: what is before them stays in the store.
      if (slice.fromNs >= beforeNs) return;
      // Otherwise records of that time came of which it is known in a moment whether they were read.
      const isTaken = recent.fill(slice.stretches, slice.fromNs, loadedMs);
      pauseMs = firstPause;
      most = Math.min(atOnce, most * 2);
      const restMs = (performance.now() - began) * PAUSE_SHARE;
      await sleep(isTaken ? restMs : Math.max(restMs, firstPause), undefined, { ref: false });
      continue;
    } catch (error) {
      if (!isWanted()) return;
      options.onError(error);
      most = fewer(most);
    }
    await sleep(pauseMs, undefined, { ref: false });
    pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS);
  }
}

const fewer = (most: number): number => Math.min(most, Math.max(FEWEST_AT_ONCE, most >> 2));

/** Undefined when so many take more memory than there is. Throws StoreError; rejects when records cannot be packed. */
async function readSlice(
  { recent, reader, database, isWanted }: FillOptions,
  beforeNs: bigint,
  most: number,
): Promise<Slice | undefined> {
  const stretches: Stretch[] = [];
  let rows = 0;
  let bytes = 0;
  const request = { beforeNs, most, mostRows: LINES_OF_A_STRETCH };
  for await (const section of readLogSectionsBefore(reader, request, { database, maxSeconds: FILL_SECONDS })) {
    if (!isWanted()) break;
    const whole = new WholeSections();
    const stretch = { ...newStretch(FIRST_PLACE + stretches.length), records: whole };
    addSection(stretch, section, Number.NEGATIVE_INFINITY);
    closeStretch(stretch);
    const packed = { ...stretch, records: await packSections(whole.sections) };
    stretches.push(packed);
    rows += section.rows;
    bytes += memoryOf(packed);
    if (bytes > recent.roomToFill) return undefined;
  }
  const oldestNs = stretches[0]?.oldestNs ?? 0n;
  if (rows < most) return { stretches, fromNs: 0n };
  const fromNs = oldestNs + 1n;
  for (const stretch of stretches) stretch.sinceNs = fromNs;
  return { stretches: stretches.filter(({ newestNs }) => newestNs >= fromNs), fromNs };
}
