import type { ProofPorts } from '../drills/index.ts';
import type { WhyOptions } from './why_ports.ts';

/** What proof is found with, for a tenant. */
export function proofPorts(options: WhyOptions, runbookOf: ProofPorts['runbookOf']): (tenant: string) => ProofPorts {
  return (tenant) => ({
    runbookOf,
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
      return alertmanager.routesOf(labels).map(({ receiver }) => ({
        receiver,
        integrations: (alertmanager.config.receivers.get(receiver)?.integrations ?? []).map(
          ({ channel, index }) => `${channel}[${index}]`,
        ),
      }));
    },
  });
}
