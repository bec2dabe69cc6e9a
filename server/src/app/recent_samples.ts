import type { WorkerCalls } from '../base/worker_calls.ts';
import type { Ingest } from '../ingest/index.ts';
import type { Section, TableName } from '../model/section.ts';
import { LINES_OF_A_STRETCH } from '../query/index.ts';
import { cutLogSection } from '../store/index.ts';
import type { QueryAnswer, QueryCall, QueryNotice, RecentSamplesData } from './query_messages.ts';

export interface RecentSamplesOptions {
  readonly ingest: Pick<Ingest, 'flush' | 'status'>;
  readonly data: RecentSamplesData;
  /** Wall clock, ms. */
  readonly nowMs: () => number;
  readonly onOverflow: () => void;
}

/** Tells the query worker of everything acknowledged, so that memory can answer for it. */
export interface RecentSamples {
  /** The worker to tell; call it again whenever the worker was replaced. */
  attach(worker: Pick<WorkerCalls<QueryCall, QueryAnswer, QueryNotice>, 'notify'>): void;
  /** Sections that are on disk and not answered yet; a query that is asked after this sees them. */
  take(tenant: string, sections: readonly Section[]): void;
  /** What is in the store has changed by another way than `take`: memory is filled anew. */
  invalidate(): void;
  stop(): void;
}

const SAMPLE_TABLES: readonly TableName[] = ['series', 'samples', 'native_histograms'];
export const SPAN_TABLES: ReadonlySet<TableName> = new Set(['otel_traces']);
export const LOG_TABLES: ReadonlySet<TableName> = new Set(['log_streams', 'otel_logs']);
/** What the worker has not taken yet may be this much: beyond it the feed is interrupted and begun anew. */
const MOST_WAITING_KIB = 96 * 1024;
const LOADED_EVERY_MS = 500;
const KIB = 1024;

export function createRecentSamples({ ingest, data, nowMs, onOverflow }: RecentSamplesOptions): RecentSamples {
  const tables: ReadonlySet<TableName> = new Set([
    ...(data.budgetBytes > 0 ? SAMPLE_TABLES : []),
    ...(data.spansBudgetBytes > 0 ? SPAN_TABLES : []),
    ...(data.logsBudgetBytes > 0 ? LOG_TABLES : []),
  ]);
  let worker: Pick<WorkerCalls<QueryCall, QueryAnswer, QueryNotice>, 'notify'> | undefined;
  let sentKib = 0;
  let interrupted = false;
  let attachments = 0;

  const waitingKib = (): number => (sentKib - Atomics.load(data.taken, 0)) | 0;
  const begin = (): void => {
    const mine = ++attachments;
    interrupted = false;
    // What was appended before now may not have been handed over: memory counts once all of it is in the store.
    void ingest.flush().then(() => {
      if (mine === attachments) worker?.notify({ kind: 'attach' });
    });
  };
  const timer = setInterval(() => {
    if (worker === undefined) return;
    const now = nowMs();
    const { oldestUnloadedMs } = ingest.status();
    worker.notify({ kind: 'loaded', beforeMs: now - oldestUnloadedMs });
    if (interrupted && waitingKib() === 0) begin();
  }, LOADED_EVERY_MS).unref();

  return {
    attach(next) {
      worker = next;
      sentKib = Atomics.load(data.taken, 0);
      begin();
    },
    take(tenant, sections) {
      if (worker === undefined || interrupted) return;
      const wanted = sections.filter(({ table }) => tables.has(table));
      if (wanted.length === 0) return;
      if (waitingKib() > MOST_WAITING_KIB) {
        interrupted = true;
        attachments++;
        worker.notify({ kind: 'reset' });
        onOverflow();
        return;
      }
      const copies = wanted.flatMap(copiesOf);
      const kib = Math.ceil(copies.reduce((sum, { block }) => sum + block.length, 0) / KIB);
      sentKib = (sentKib + kib) | 0;
      const notice: QueryNotice = { kind: 'sections', tenant, atMs: nowMs(), sections: copies, kib };
      worker.notify(
        notice,
        copies.map(({ block }) => block.buffer),
      );
    },
    invalidate() {
      if (worker === undefined || interrupted) return;
      worker.notify({ kind: 'reset' });
      begin();
    },
    stop: () => clearInterval(timer),
  };
}

/** Log records are cut as memory keeps them while they are copied, so that the worker need not copy them once more. */
function copiesOf(section: Section): readonly Section[] {
  const pieces = section.table === 'otel_logs' ? cutLogSection(section, LINES_OF_A_STRETCH) : [section];
  return pieces.map((piece) => (piece === section ? { ...section, block: section.block.slice() } : piece));
}

const MIB = 1024 * 1024;

/** Memory for what is recent where nothing is said: a 32nd of the machine's, 64 MiB or more. */
export function defaultRecentBytes(memoryBytes: number, mostMib: number): number {
  return Math.min(mostMib * MIB, Math.max(64 * MIB, Math.floor(memoryBytes / 32)));
}
