import type { ReadyIntegration } from './integrations.ts';
import { tellIntegration } from './tell_integration.ts';
import type { FlushPorts, Telling, Told } from './telling.ts';

/**
 * Tells the fallback receiver what a group's own receiver does not take, and later that it is over. False when it could
 * not be told either. Never rejects.
 * @param own how telling each integration of the group's receiver ends
 */
export async function tellFallback(
  telling: Omit<Telling, 'integration'>,
  integrations: readonly ReadyIntegration[],
  own: Promise<readonly Told[]>,
  ports: FlushPorts,
): Promise<boolean> {
  const { fallback } = ports;
  const { receiver, group } = telling;
  if (fallback === undefined || fallback.receiver === receiver || integrations.length === 0) return true;
  const names = integrations.map(({ name }) => name);
  const isLate = await ports.health.failing(receiver, names, fallback.afterMs, own);
  const isFailing = isLate || (await own).every((told) => told === 'refused');
  const through = { ...telling, receiver: fallback.receiver, fallbackFor: receiver };
  const told = await Promise.all(
    ports.integrationsOf(fallback.receiver).map((integration) => {
      if (isFailing) return tellIntegration({ ...through, integration }, ports);
      // Its own receiver works: who was told instead hears of the end of that, and of nothing else.
      const target = { groupKey: group.key, receiver: fallback.receiver, integration: integration.name };
      const heard = new Set(ports.log.get(target)?.firing ?? []);
      const alerts = telling.alerts.filter(({ fingerprint }) => heard.has(fingerprint));
      if (alerts.length === 0) return 'told';
      return tellIntegration({ ...through, integration, alerts, repeats: false }, ports);
    }),
  );
  return told.every((one) => one === 'told');
}
