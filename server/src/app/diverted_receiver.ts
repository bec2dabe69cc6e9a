import {
  createNotifier,
  type Notification,
  type Notifier,
  type NotifyServices,
  readAlertmanagerConfig,
} from '../alerting/index.ts';

/** A notifier that tells another address, as a webhook of version 4, where `urlOf` names one. */
export function divertedNotifier(
  notifier: Notifier,
  services: NotifyServices,
  urlOf: (notification: Notification) => string | undefined,
): Notifier {
  return async (notification, signal) => {
    const url = urlOf(notification);
    if (url === undefined) return notifier(notification, signal);
    const config = readAlertmanagerConfig(
      `route: {receiver: stub}\nreceivers: [{name: stub, webhook_configs: [{url: ${JSON.stringify(url)}}]}]`,
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
