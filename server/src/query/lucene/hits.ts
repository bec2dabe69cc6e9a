import type { Labels } from '../../model/labels.ts';
import { recordId } from '../../model/record_id.ts';
import { type LogRows, readLogs } from '../../store/index.ts';
import { turnOf } from '../turn.ts';
import { indexNameOf } from './index_names.ts';
import { max, min, optionsOf, type PlannedSearch } from './search.ts';

/** A record that a search found. */
export interface Hit {
  /** ns since the epoch. */
  readonly timeNs: bigint;
  /** Unique among the records of one time; what a next page begins behind. */
  readonly key: string;
  readonly id: string;
  readonly index: string;
  readonly body: string;
  /** Upper case as stored; empty when unknown. */
  readonly level: string;
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly requestId: string;
  readonly userId: string;
  readonly labels: Labels;
  /** Name, value, …; sorted by name. */
  readonly attributes: readonly string[];
  readonly resource: readonly string[];
}

/** Where the page before ended. */
export interface HitPosition {
  readonly timeNs: bigint;
  /** Undefined: behind everything of that time. */
  readonly key: string | undefined;
}

export interface HitRequest {
  readonly direction: 'forward' | 'backward';
  readonly limit: number;
  readonly after?: HitPosition | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Read beyond what is asked for, so that the last moment is whole and repeated records do not cost a second read. */
const SLACK = 200;
/** The most records of one moment that are put in order; beyond it the order within the moment is the store's. */
const MAX_MOMENT = 50_000;

/**
 * The first matching records in order of time, each once, those of one moment in order of `key`: so a page begins exactly
 * where the one before ended. Throws StoreError.
 */
export async function readHits(search: PlannedSearch, request: HitRequest): Promise<Hit[]> {
  const { direction, after } = request;
  let { startNs, endNs } = search;
  if (after !== undefined) {
    const inclusive = after.key === undefined ? 0n : 1n;
    if (direction === 'backward') endNs = min(endNs, after.timeNs + inclusive);
    else startNs = max(startNs, after.timeNs + 1n - inclusive);
  }
  const hits: Hit[] = [];
  for (let limit = request.limit + SLACK; hits.length < request.limit && startNs < endNs; ) {
    const { moments, whole } = await readMoments(search, { startNs, endNs, limit, direction }, request.signal);
    // The last moment may go on behind the limit: it is read again, unless it is the only one.
    if (!whole && moments.length === 1 && limit < MAX_MOMENT) {
      limit *= 8;
      continue;
    }
    const complete = whole || moments.length === 1 ? moments : moments.slice(0, -1);
    for (const moment of complete) for (const hit of inOrder(moment, after)) hits.push(hit);
    const last = complete.at(-1)?.[0]?.timeNs;
    if (whole || last === undefined) break;
    if (direction === 'backward') endNs = last;
    else startNs = last + 1n;
  }
  return hits.slice(0, request.limit);
}

async function readMoments(
  search: PlannedSearch,
  range: {
    readonly startNs: bigint;
    readonly endNs: bigint;
    readonly limit: number;
    readonly direction: HitRequest['direction'];
  },
  signal: AbortSignal | undefined,
): Promise<{ readonly moments: Hit[][]; readonly whole: boolean }> {
  const { source, predicate } = search;
  const turn = turnOf(signal);
  const moments: Hit[][] = [];
  let read = 0;
  const request = { ...range, predicate, withResource: true };
  for await (const rows of readLogs(source.reader, request, optionsOf(source, signal))) {
    if (turn.due()) await turn.pause();
    read += rows.rows;
    for (let row = 0; row < rows.rows; row++) {
      const hit = hitOf(rows, row, search);
      const moment = moments.at(-1);
      if (moment?.[0]?.timeNs === hit.timeNs) moment.push(hit);
      else moments.push([hit]);
    }
  }
  return { moments, whole: read < range.limit };
}

/** The records of one moment, each once, behind the position if that is in it. */
function inOrder(moment: readonly Hit[], after: HitPosition | undefined): Hit[] {
  const [first] = moment;
  const byKey = new Map(moment.map((hit) => [hit.key, hit]));
  const keys = [...byKey.keys()].sort();
  const key = first?.timeNs === after?.timeNs ? after?.key : undefined;
  return keys.filter((own) => key === undefined || own > key).flatMap((own) => byKey.get(own) ?? []);
}

function hitOf(rows: LogRows, row: number, { source }: PlannedSearch): Hit {
  const timeNs = rows.times[row] ?? 0n;
  const streamId = rows.streamIds[row] ?? 0n;
  const body = rows.body(row);
  const attributes = rows.attributes(row);
  const { labels } = source.index.byId(streamId);
  const own = attributes.indexOf('_id');
  const id = own >= 0 && own % 2 === 0 ? (attributes[own + 1] ?? '') : recordId(timeNs, body);
  return {
    timeNs,
    // Records that differ only in attributes are different, equal ones are one.
    key: `${streamId.toString(36)}.${id}.${recordId(timeNs, attributes.join('\u0000') + body).slice(-11)}`,
    id,
    index: indexNameOf(labels),
    body,
    level: rows.severity(row),
    service: rows.service(row),
    traceId: rows.traceId(row),
    spanId: rows.spanId(row),
    requestId: rows.requestId(row),
    userId: rows.userId(row),
    labels,
    attributes,
    resource: rows.resource(row),
  };
}
