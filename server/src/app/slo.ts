import { type SloSource, sloRoutes } from '../api/trilith/index.ts';
import type { Clock } from '../base/clock.ts';
import type { HttpRequest, Route } from '../base/http.ts';
import type { SloFact } from '../model/slo_fact.ts';
import type { LoadedRules, LoadOptions, RangeQuery, RangeSeries } from '../rules/index.ts';
import {
  createExclusions,
  createFactKeeper,
  DEFINITION_RECORDS,
  EXCLUSION_RECORDS,
  type LoadedObjectives,
  loadObjectives,
  objectivesFingerprint,
} from '../slo/index.ts';
import type { Records, StateKind } from '../state/index.ts';
import { readSloFacts, StoreError, type StoreReader } from '../store/index.ts';
import type { AlertsConfig } from './alerts_messages.ts';

export interface SloOptions {
  readonly tenant: string;
  readonly config: AlertsConfig;
  readonly version: string;
  readonly clock: Clock;
  readonly records: <Body>(kind: StateKind<Body>) => Records<Body>;
  readonly range: (tenant: string, query: RangeQuery) => Promise<readonly RangeSeries[]>;
  /** Resolves when the facts are durable. */
  readonly keep: (tenant: string, facts: readonly SloFact[]) => Promise<void>;
  readonly reader: () => StoreReader | undefined;
  readonly authorOf: (request: HttpRequest) => string;
}

/** The objectives of the configuration: their rules, what they count, what is left of their budgets. */
export interface Slo {
  /** Reads the files for whoever loads rules; `take` makes them count, so that rules and objectives are of one moment. */
  load(config: AlertsConfig, options: LoadOptions): LoadedRules & { readonly take: () => void };
  /** Differs when a file has changed. */
  fingerprint(config: AlertsConfig): string;
  readonly routes: readonly Route[];
  /** Takes a stretch of time out of every budget; what is returned says when it ended. Rejects as the records do. */
  exclude(fromMs: number, toMs: number, reason: string, author: string): Promise<(toMs: number) => Promise<void>>;
  /** The store can be asked. */
  begin(): void;
}

/** Records are written by the program itself. */
const AUTHOR = 'slo';

export function startSlo(options: SloOptions): Slo {
  const { tenant, clock, range, keep, reader } = options;
  let loaded: LoadedObjectives = { objectives: [], broken: new Map() };
  const definitions = options.records(DEFINITION_RECORDS);
  const keeper = createFactKeeper({
    clock,
    ports: {
      range: (query) => range(tenant, query),
      keep: (facts) => keep(tenant, facts),
      definition: async (objective) => (await definitions.all(tenant)).get(objective),
      define: (objective, definition) => definitions.put(tenant, objective, definition, AUTHOR),
      async facts(objective, fromMs, countedFromMs) {
        const found = reader();
        if (found === undefined) throw new Error('the store is starting');
        return readSloFacts(found, { objective, fromMs, toMs: clock.nowMs(), countedFromMs }, { database: tenant });
      },
    },
  });
  const history: SloSource['history'] = async (of, most) => {
    const found = reader();
    if (found === undefined) throw new StoreError('unavailable', 0, 'the store is starting');
    const countedFromMs = (await definitions.all(tenant)).get(of.objective)?.sinceMs ?? 0;
    return readSloFacts(found, { ...of, countedFromMs }, { database: tenant, maxResultRows: most });
  };
  const exclusions = createExclusions(options.records(EXCLUSION_RECORDS), tenant);
  return {
    load({ slo }, rules) {
      const generator = { version: options.version, mode: 'trilith' };
      const read = loadObjectives(slo.files, { rules, generator });
      return {
        groups: read.objectives.flatMap(({ groups }) => groups),
        broken: read.broken,
        take() {
          loaded = read;
          keeper.update(read.objectives.map(({ objective }) => objective));
        },
      };
    },
    fingerprint: ({ slo }) => objectivesFingerprint(slo.files),
    routes: sloRoutes({
      tenant,
      loaded: () => loaded,
      keeper,
      exclusions,
      history,
      authorOf: options.authorOf,
      nowMs: clock.nowMs,
    }),
    async exclude(fromMs, toMs, reason, author) {
      const id = await exclusions.add({ objective: '*', fromMs, toMs, reason, author });
      return (endMs) => exclusions.end(id, endMs, author);
    },
    begin: () => keeper.begin(),
  };
}
