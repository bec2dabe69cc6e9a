import type { Alertmanager } from '../alerting/index.ts';
import type { WhyPorts } from '../ledger/index.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import type { RulePorts } from '../rules/index.ts';
import { StateUnavailable } from '../state/index.ts';
import { type LedgerSelection, readAlertLedger, type StoreReader } from '../store/index.ts';
import type { Rules } from './rules.ts';

export interface WhyOptions {
  /** Rules are this tenant's. */
  readonly tenant: string;
  readonly rules: Pick<Rules, 'groups' | 'blind'>;
  readonly alertmanager: (tenant: string) => Alertmanager;
  readonly evaluate: RulePorts['evaluate'];
  readonly events: (tenant: string, selection: LedgerSelection) => Promise<readonly AlertEvent[]>;
  /** Of the tenant's rules and routes; absent: those of now are taken for those of any time. */
  readonly configurationAt?: NonNullable<WhyPorts['configurationAt']>;
}

/** What `why` and history are answered with, for a tenant. */
export function whyPorts(options: WhyOptions): (tenant: string) => WhyPorts {
  return (tenant) => {
    const isOwn = tenant === options.tenant;
    return {
      events: (selection) => options.events(tenant, selection),
      rules: () => (isOwn ? options.rules.groups().flatMap(loadedRules) : []),
      unreadable: () =>
        new Map(
          options.rules.blind().flatMap(({ rule, error }) => (rule.group === '' ? [[rule.file, error] as const] : [])),
        ),
      evaluate: (queries, timeMs) => options.evaluate(tenant, queries, timeMs),
      ...(isOwn && options.configurationAt !== undefined ? { configurationAt: options.configurationAt } : {}),
      routing() {
        const alertmanager = options.alertmanager(tenant);
        const receivers = [...alertmanager.config.receivers.values()];
        return {
          root: alertmanager.root,
          integrations: new Map(
            receivers.map(({ name, integrations }) => [
              name,
              integrations.map(({ channel, index }) => `${channel}[${index}]`),
            ]),
          ),
          silence(id) {
            const silence = alertmanager.silences.get(id);
            if (silence === undefined) return undefined;
            const until = new Date(silence.endsAtMs).toISOString().slice(0, 16).replace('T', ' ');
            return `silence ${id} of ${silence.createdBy} until ${until} UTC (${silence.comment})`;
          },
        };
      },
    };
  };
}

/**
 * Events of the ledger out of the store, those noted just now too. The reader is undefined until the store has been ready once.
 * What is returned rejects with StateUnavailable or StoreError.
 */
export function storedEvents(reader: () => StoreReader | undefined, flush: () => Promise<void>): WhyOptions['events'] {
  return async (tenant, selection) => {
    const found = reader();
    if (found === undefined) throw new StateUnavailable('the store is starting');
    await flush();
    return readAlertLedger(found, selection, { database: tenant });
  };
}

type Loaded = ReturnType<WhyPorts['rules']>[number];

function loadedRules({ definition: group, rules }: ReturnType<Rules['groups']>[number]): Loaded[] {
  return rules.map(({ definition, lastError, lastEvaluationMs }) => ({
    file: group.file,
    group: group.name,
    name: definition.name,
    language: definition.language,
    expr: definition.expr,
    forMs: definition.forMs,
    intervalMs: group.intervalMs,
    lastError,
    lastEvaluationMs,
  }));
}
