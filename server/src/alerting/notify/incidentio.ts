import type { SecretSource } from '../../base/http_settings.ts';
import { fail, whole } from '../../base/yaml_reader.ts';
import { goDurationMs, secretOf, secretUrlOf } from './config_fields.ts';
import { readEntry } from './entry.ts';
import { exchange, jsonObject } from './exchange.ts';
import type { Accepted, Channel, Delivery } from './integration.ts';
import { webhookBody } from './webhook.ts';

/** Largest body incident.io takes, bytes. */
const MAX_BODY_BYTES = 512 * 1024;

const KEYS = ['url', 'url_file', 'alert_source_token', 'alert_source_token_file', 'max_alerts', 'timeout'];

export const incidentio: Channel = {
  name: 'incidentio',
  section: 'incidentio_configs',
  read(at, globals) {
    const entry = readEntry(at, KEYS, true);
    const { keys, ownHttp } = entry;
    const url = secretUrlOf(keys, 'url');
    if (url === undefined) throw fail(at, 'one of url or url_file must be configured');
    const token = secretOf(keys, 'alert_source_token');
    const authorized = ownHttp !== undefined && ownHttp.auth.kind === 'header';
    if (authorized && token !== undefined)
      throw fail(
        at,
        'cannot specify alert_source_token or alert_source_token_file when using http_config.authorization',
      );
    if (ownHttp !== undefined && !authorized && token === undefined)
      throw fail(
        at,
        'at least one of alert_source_token, alert_source_token_file or http_config.authorization must be configured',
      );
    const http = ownHttp ?? globals.http;
    const maxAlerts = whole(keys.get('max_alerts'), 0);
    return {
      sendResolved: entry.sendResolved,
      http: token === undefined ? http : { ...http, auth: { kind: 'header', scheme: 'Bearer', credentials: token } },
      timeoutMs: goDurationMs(keys, 'timeout', 0),
      deliver: (delivery) => deliver(url, maxAlerts, delivery),
    };
  },
};

async function deliver(url: SecretSource, maxAlerts: number, delivery: Delivery): Promise<Accepted> {
  const { data, notification } = delivery;
  const bodyOf = (alerts: number): string =>
    JSON.stringify({ ...webhookBody(data, notification.groupKey, alerts), version: '1' });
  let body = bodyOf(maxAlerts);
  // One alert of a group is enough to open an incident.
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) body = bodyOf(1);
  const { status } = await exchange(delivery, {
    url: await delivery.secret(url),
    body,
    headers: { 'content-type': 'application/json', 'idempotency-key': notification.idempotencyKey },
    details: (_status, answer) => {
      const said = jsonObject(answer);
      const errors = Array.isArray(said?.errors) ? said.errors.map(String).join(', ') : undefined;
      return [said?.message, said?.error, errors].filter((part) => typeof part === 'string' && part !== '').join(': ');
    },
  });
  return { status, providerId: '' };
}
