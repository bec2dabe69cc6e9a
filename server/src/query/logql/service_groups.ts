import { serviceOf } from '../../model/service.ts';
import type { LogGroupKey } from '../../store/index.ts';
import type { LogStreamIndex } from './stream_index.ts';
import { classOfName } from './vocabulary.ts';

/** How records are grouped by service: what each name is answered with, and a stream that stands for all of each service. */
export interface ServiceGroups {
  readonly keys: ReadonlyMap<string, readonly LogGroupKey[]>;
  readonly streams: ReadonlyMap<string, bigint>;
}

/** More streams than this are not compared. */
const MAX_STREAMS = 20_000;

/**
 * Groups by service in place of groups by stream, which say the same where all chosen streams of a service answer to the
 * names alike; undefined when some do not. The store has counts of services.
 */
export function groupsOfServices(
  keys: ReadonlyMap<string, readonly LogGroupKey[]>,
  chosen: Uint32Array,
  index: LogStreamIndex,
): ServiceGroups | undefined {
  const names = [...keys].filter(([, of]) => of.some(({ kind }) => kind === 'stream')).map(([name]) => name);
  if (names.length === 0 || chosen.length > MAX_STREAMS) return undefined;
  const streams = new Map<string, bigint>();
  const values = new Map<string, string>();
  // Names that some stream leaves to its records.
  const open = new Set<string>();
  for (const reference of chosen) {
    const service = index.service(reference);
    const id = index.id(reference);
    const { byName, labels } = index.byId(id);
    const own = names.map(
      (name) => byName.get(name) ?? (classOfName(name).kind === 'service' ? serviceOf(labels) : null),
    );
    const shown = JSON.stringify(own);
    if ((values.get(service) ?? shown) !== shown) return undefined;
    if (streams.has(service)) continue;
    streams.set(service, id);
    values.set(service, shown);
    for (const [i, name] of names.entries()) if (own[i] === null) open.add(name);
  }
  const byService: LogGroupKey = { kind: 'service' };
  const grouped = [...keys].map(([name, of]): [string, LogGroupKey[]] => {
    if (!names.includes(name)) return [name, [...of]];
    const ofRecords = of.filter(({ kind }) => kind !== 'stream');
    return [name, open.has(name) ? [byService, ...ofRecords] : [byService]];
  });
  return { keys: new Map(grouped), streams };
}
