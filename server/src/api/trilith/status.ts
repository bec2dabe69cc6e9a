import type { IngestSource, StatusAnswer, TargetsAnswer } from '@trilith/contract';
import { jsonResponse, type Route } from '../../base/http.ts';
import type { IngestStatus } from '../../ingest/index.ts';

export type TargetRow = TargetsAnswer['targets'][number];

/** Where the status page's figures come from; all of it is in memory, so it answers while the store is down. */
export interface StatusSources {
  readonly version: string;
  readonly startedAtMs: number;
  readonly ingest: () => IngestStatus;
  readonly sources: () => IngestSource[];
  readonly store: () => {
    readonly state: 'starting' | 'ready' | 'down';
    readonly mode: 'embedded' | 'cluster';
    readonly restarts: number;
  };
  readonly targets: () => readonly TargetRow[];
  /** Targets that are not scraped. */
  readonly notScraped: () => Pick<TargetsAnswer, 'dropped' | 'broken'>;
  readonly doors: () => StatusAnswer['doors'];
  readonly retentionDays: StatusAnswer['retentionDays'];
}

const REFUSING_WORDS: Readonly<Record<string, string>> = {
  poisoned: 'Writing the log failed; nothing can be acknowledged until the program is restarted.',
  disk: 'The disk is nearly full; writes resume by themselves when there is space.',
  'log-full': 'The write-ahead log has reached its size limit because the store has been away too long.',
  busy: 'More data arrives than the disk takes; senders are asked to come back.',
  closed: 'The program is stopping.',
};

/** `GET /api/status` and `GET /api/targets`. */
export function statusRoutes(sources: StatusSources): Route[] {
  return [
    { method: 'GET', path: '/api/status', handler: () => jsonResponse(200, statusOf(sources)) },
    {
      method: 'GET',
      path: '/api/targets',
      handler: () =>
        jsonResponse(200, { targets: [...sources.targets()], ...sources.notScraped() } satisfies TargetsAnswer),
    },
  ];
}

/** The state of the program, from memory. */
export function statusOf(sources: StatusSources): StatusAnswer {
  const nowMs = Date.now();
  const ingest = sources.ingest();
  const store = sources.store();
  const state = store.state === 'down' ? 'restarting' : store.state;
  return {
    version: sources.version,
    nowMs,
    startedAtMs: sources.startedAtMs,
    uptimeMs: nowMs - sources.startedAtMs,
    readOnly: ingest.refusing !== undefined,
    readOnlyReason: ingest.refusing === undefined ? null : (REFUSING_WORDS[ingest.refusing] ?? ingest.refusing),
    store: {
      state,
      mode: store.mode,
      message:
        state === 'ready' ? null : 'Data is being acknowledged into the log; queries answer when the store is back.',
      restarts: store.restarts,
    },
    wal: {
      bytes: ingest.walBytes,
      segments: ingest.walSegments,
      behindMs: ingest.oldestUnloadedMs,
      behindBatches: ingest.pendingRows === 0 ? 0 : 1,
      poisoned: ingest.poisoned,
      diskFreeRatio: Math.max(0, Math.min(1, ingest.diskFreeRatio)),
      diskFreeBytes: Math.max(0, Math.round(ingest.diskHeadroomBytes)),
    },
    ingest: sources.sources(),
    doors: sources.doors(),
    retentionDays: sources.retentionDays,
  };
}
