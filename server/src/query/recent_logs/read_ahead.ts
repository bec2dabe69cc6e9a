import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type KeptRecords,
  type KeptSections,
  type ReadTogether,
  readTogether,
  searchTogether,
} from './kept_sections.ts';
import type { LogStretch } from './stretch.ts';

/** Finds the records of a selection among those of a stretch. */
export interface Gatherer {
  /** What has to be read of a stretch; undefined when none of its streams matches. */
  readonly wants: (stretch: LogStretch) => Wanted | undefined;
  /** Keeps those of a time or later. */
  readonly among: (stretch: LogStretch, wanted: Wanted, read: Iterable<KeptRecords>, fromNs: bigint) => void;
}

export interface Wanted {
  /** Whether all of its streams match; undefined where records have to be asked. */
  readonly matching: true | undefined;
  readonly text: string | undefined;
  readonly withResource: boolean;
}

/**
 * So many stretches at least are unpacked while one is looked at, once some were looked at, and so many at once at most: another
 * thread takes as long to be asked as for one of them.
 */
const STRETCHES_AHEAD = 12;
const MOST_AT_ONCE = 12;
/** What is ahead takes no more unpacked, but for one stretch: twice as much as lines of usual length do. */
const AHEAD_BYTES = 4 * 1024 * 1024;

/**
 * Finds what is wanted of a stretch while those after it are unpacked.
 * @param stretches in the order in which they will be asked for
 * @param isAhead whether to; otherwise each is read when it is asked for
 */
export function readAhead(
  stretches: readonly LogStretch[],
  { wants, among }: Gatherer,
  isIndexed: (stretch: LogStretch) => boolean,
  isAhead: boolean,
): (stretch: LogStretch, fromNs: bigint) => Promise<void> {
  let at = -1;
  let begun = 0;
  let atOnce = 1;
  const readings = new Map<LogStretch, { readonly wanted: Wanted; readonly read: Promise<Iterable<KeptRecords>> }>();
  const hasRoom = (): boolean => {
    let bytes = 0;
    for (let i = at + 1; i < begun; i++) bytes += stretches[i]?.records?.unpackedBytes ?? 0;
    return bytes < AHEAD_BYTES;
  };
  const begin = (): void => {
    const group: Reading[] = [];
    const end = begun + atOnce;
    for (; begun < end && begun < stretches.length && hasRoom(); begun++) {
      const stretch = stretches[begun] as LogStretch;
      const { records } = stretch;
      // Whether it is wanted is not known before its streams are.
      const wanted = isIndexed(stretch) ? wants(stretch) : undefined;
      if (wanted !== undefined && records !== undefined) group.push({ stretch, records, wanted });
    }
    // Where few are needed, few are unpacked in vain.
    atOnce = Math.min(MOST_AT_ONCE, atOnce * 2);
    const [first] = group;
    if (first === undefined) return;
    const all = readElsewhere(group, first.wanted.text);
    for (const [i, { stretch, wanted }] of group.entries()) {
      const read = all.then((found) => found[i] as Iterable<KeptRecords>);
      // It is reported where the stretch is asked for, if it is.
      read.catch(() => undefined);
      readings.set(stretch, { wanted, read });
    }
  };
  return async (stretch, fromNs) => {
    if (isAhead) {
      at = stretches.indexOf(stretch, at + 1);
      // One that nobody has begun is wanted at once: another thread would be asked in vain.
      if (at >= begun) begun = at + 1;
      const last = at + 1 + Math.min(STRETCHES_AHEAD, 2 * at);
      while (begun < stretches.length && begun <= last && hasRoom()) begin();
    }
    const reading = readings.get(stretch);
    readings.delete(stretch);
    if (reading !== undefined) return among(stretch, reading.wanted, await reading.read, fromNs);
    const wanted = wants(stretch);
    if (wanted === undefined || stretch.records === undefined) return;
    among(stretch, wanted, stretch.records.read(wanted.text, wanted.withResource), fromNs);
  };
}

/** @param text the same for all */
async function readElsewhere(
  group: readonly Reading[],
  text: string | undefined,
): Promise<readonly Iterable<KeptRecords>[]> {
  if (text === undefined) return (await readTogether(group.map(({ records }) => records))).records;
  return searchTogether(
    group.map(({ records, wanted: { withResource } }) => ({ records, withResource })),
    text,
  );
}

/** Other threads unpack so much at once: being asked takes them as long as unpacking 20 KiB. */
const GROUP_BYTES = 512 * 1024;
/** Groups that are unpacked while one is looked at. */
const GROUPS_AHEAD = 2;

interface Reading {
  readonly stretch: LogStretch;
  readonly records: KeptSections;
  readonly wanted: Wanted;
}

/**
 * Finds what is wanted of stretches that are all looked at, many of which are unpacked at once. All have their records.
 * @returns gives the memory back that was unpacked into; nothing of the records may be asked afterwards
 */
export async function readGroups(
  stretches: readonly LogStretch[],
  { wants, among }: Gatherer,
  fromNs: bigint,
): Promise<() => void> {
  const groups = groupsOf(stretches, wants);
  const reads: Promise<ReadTogether>[] = [];
  const held: ReadTogether[] = [];
  for (const [i, group] of groups.entries()) {
    for (const next of groups.slice(reads.length, i + 1 + GROUPS_AHEAD)) {
      const read = readTogether(next.map(({ records }) => records));
      // It is reported where the group's turn is, if it comes.
      read.catch(() => undefined);
      reads.push(read);
    }
    if (i > 0) await nextTurn();
    const read = await (reads[i] as Promise<ReadTogether>);
    held.push(read);
    for (const [at, { stretch, wanted }] of group.entries())
      among(stretch, wanted, read.records[at] as Iterable<KeptRecords>, fromNs);
  }
  return () => {
    for (const read of held) read.release();
  };
}

function groupsOf(stretches: readonly LogStretch[], wants: Gatherer['wants']): Reading[][] {
  const groups: Reading[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const stretch of stretches) {
    const { records } = stretch;
    const wanted = wants(stretch);
    if (records === undefined || wanted === undefined) continue;
    if (bytes >= GROUP_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push({ stretch, records, wanted });
    bytes += records.unpackedBytes;
  }
  return groups;
}
