import type { KeptRecords } from './kept_sections.ts';
import type { LogStretch } from './stretch.ts';

/** Finds the records of a selection among those of a stretch. */
export interface Gatherer<Found> {
  /** What has to be read of a stretch; undefined when none of its streams matches. */
  readonly wants: (stretch: LogStretch) => Wanted | undefined;
  readonly among: (stretch: LogStretch, wanted: Wanted, read: Iterable<KeptRecords>, fromNs: bigint) => Found[];
}

export interface Wanted {
  /** Whether all of its streams match; undefined where records have to be asked. */
  readonly matching: true | undefined;
  readonly text: string | undefined;
  readonly withResource: boolean;
}

/**
 * Finds what is wanted of a stretch while those after it are unpacked.
 * @param stretches in the order in which they will be asked for
 */
export function readAhead<Found>(
  stretches: readonly LogStretch[],
  { wants, among }: Gatherer<Found>,
  isIndexed: (stretch: LogStretch) => boolean,
  ahead: number,
): (stretch: LogStretch, fromNs: bigint) => Promise<Found[]> {
  let begun = 0;
  const readings = new Map<LogStretch, { readonly wanted: Wanted; readonly read: Promise<Iterable<KeptRecords>> }>();
  const begin = (stretch: LogStretch): void => {
    // Whether it is wanted is not known before its streams are.
    const wanted = isIndexed(stretch) ? wants(stretch) : undefined;
    if (wanted === undefined || stretch.records === undefined) return;
    const read = stretch.records.readElsewhere(wanted.text, wanted.withResource);
    // It is reported where the stretch is asked for, if it is.
    read.catch(() => undefined);
    readings.set(stretch, { wanted, read });
  };
  return async (stretch, fromNs) => {
    if (ahead > 0) {
      const at = stretches.indexOf(stretch, Math.max(0, begun - ahead - 1));
      // One that nobody has begun is wanted at once: another thread would be asked in vain.
      if (at === begun) begun++;
      const end = at + 1 + ahead;
      for (; begun < end && begun < stretches.length; begun++) begin(stretches[begun] as LogStretch);
    }
    const reading = readings.get(stretch);
    readings.delete(stretch);
    if (reading !== undefined) return among(stretch, reading.wanted, await reading.read, fromNs);
    const wanted = wants(stretch);
    if (wanted === undefined || stretch.records === undefined) return [];
    return among(stretch, wanted, stretch.records.read(wanted.text, wanted.withResource), fromNs);
  };
}
