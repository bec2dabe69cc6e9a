import {
  createNotifier,
  type Notification,
  type Notifier,
  type NotifyServices,
  type Outcome,
  readAlertmanagerConfig,
} from '../alerting/index.ts';
import type { Destination } from '../drills/index.ts';

const NOBODY: Outcome = {
  retry: false,
  status: 0,
  providerId: '',
  warning: 'nobody was told: its alerts are those of a drill that is not known',
};
const LATER: Outcome = { error: 'drills of before the start are not read yet', retry: true, status: 0, providerId: '' };

/**
 * A notifier that tells another address, as a webhook of version 4, or nobody, where `destinationOf` says so.
 * @param elsewhere the notifications whose last attempt was not for the receiver; kept here
 */
export function divertedNotifier(
  notifier: Notifier,
  services: NotifyServices,
  destinationOf: (notification: Notification) => Destination,
  elsewhere: WeakSet<Notification>,
): Notifier {
  return async (notification, signal) => {
    const destination = destinationOf(notification);
    if (destination.to === 'receiver') elsewhere.delete(notification);
    else elsewhere.add(notification);
    switch (destination.to) {
      case 'receiver':
        return notifier(notification, signal);
      case 'nobody':
        return NOBODY;
      case 'later':
        return LATER;
    }
    const config = readAlertmanagerConfig(
      `route: {receiver: stub}\nreceivers: [{name: stub, webhook_configs: [{url: ${JSON.stringify(destination.url)}}]}]`,
    );
    const [webhook] = config.receivers.get('stub')?.integrations ?? [];
    if (webhook === undefined) throw new Error('a webhook has no integration');
    const stub = createNotifier(webhook, services);
    try {
      return await stub.notifier(notification, signal);
    } finally {
      stub.close();
    }
  };
}
