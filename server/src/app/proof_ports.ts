import type { AlertmanagerConfig } from '../alerting/index.ts';
import type { ProofPorts } from '../drills/index.ts';
import type { PolicyReach } from '../on_call/index.ts';
import type { WhyOptions } from './why_ports.ts';

export interface ProofOptions extends WhyOptions {
  readonly runbookOf: ProofPorts['runbookOf'];
  /** Whom an escalation policy can tell now. */
  readonly reachOf: (policy: string) => PolicyReach;
}

/** What proof is found with, for a tenant. */
export function proofPorts(options: ProofOptions): (tenant: string) => ProofPorts {
  return (tenant) => ({
    runbookOf: options.runbookOf,
    events: (selection) => options.events(tenant, selection),
    evaluate: (queries, timeMs) => options.evaluate(tenant, queries, timeMs),
    rules: () =>
      tenant === options.tenant
        ? options.rules
            .groups()
            .flatMap(({ definition: group, rules }) =>
              rules.flatMap(({ definition, lastError }) =>
                definition.kind === 'alert' ? [{ ...definition, file: group.file, group: group.name, lastError }] : [],
              ),
            )
        : [],
    receiversOf(labels) {
      const alertmanager = options.alertmanager(tenant);
      return alertmanager
        .routesOf(labels)
        .map(({ receiver }) => ({ receiver, ...integrationsNow(receiver, alertmanager.config, options.reachOf) }));
    },
  });
}

/** Integrations of a receiver by whether they tell anybody now: that of an escalation policy may have nobody to tell. */
function integrationsNow(
  receiver: string,
  config: Pick<AlertmanagerConfig, 'receivers'>,
  reachOf: ProofOptions['reachOf'],
): { readonly integrations: readonly string[]; readonly unreached: readonly string[] } {
  const integrationsOf = (name: string) => config.receivers.get(name)?.integrations ?? [];
  // A policy that people are reached by would page itself: it is passed over.
  const tells = (name: string): boolean => integrationsOf(name).some(({ policy }) => policy === undefined);
  const integrations: string[] = [];
  const unreached: string[] = [];
  for (const { channel, index, policy } of integrationsOf(receiver)) {
    const reach = policy === undefined ? undefined : reachOf(policy);
    if (reach === undefined || reach.receivers.some(tells)) integrations.push(`${channel}[${index}]`);
    else unreached.push(...reach.unreached, ...reach.receivers.map((name) => `receiver ${name} has no integrations`));
  }
  return { integrations, unreached };
}
