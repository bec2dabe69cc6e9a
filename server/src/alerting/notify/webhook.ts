import type { SecretSource } from '../../base/http_settings.ts';
import { fail, whole, type YamlValue } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { dataJson, type TemplateData } from '../templates/data.ts';
import { checkHttpUrl, goDurationMs, isGiven, jsonOf, secretOf, textOr } from './config_fields.ts';
import { readEntry } from './entry.ts';
import { exchange } from './exchange.ts';
import { type Accepted, type Channel, type Delivery, DeliveryError } from './integration.ts';
import type { Json } from './json.ts';
import { renderJson } from './render_json.ts';

interface WebhookConfig {
  /** May be a template. */
  readonly url: SecretSource;
  /** Alerts sent at most; 0 is no limit. */
  readonly maxAlerts: number;
  /** Sent in the place of upstream's body, with its texts rendered. */
  readonly payload: Json | undefined;
}

export const webhook: Channel = {
  name: 'webhook',
  section: 'webhook_configs',
  read(at, globals) {
    const entry = readEntry(at, ['url', 'url_file', 'max_alerts', 'timeout', 'payload'], true);
    const { keys } = entry;
    const payload = keys.get('payload');
    const config: WebhookConfig = {
      url: readUrl(keys, at),
      maxAlerts: whole(keys.get('max_alerts'), 0),
      payload: payload === undefined || !isGiven(keys, 'payload') ? undefined : jsonOf(payload),
    };
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: goDurationMs(keys, 'timeout', 0),
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

function readUrl(keys: Keys, at: YamlValue): SecretSource {
  const value = keys.get('url');
  const written = textOr(keys, 'url');
  if (value !== undefined && written !== '' && written !== '<secret>' && !written.includes('{{'))
    checkHttpUrl(written, value);
  const url = secretOf(keys, 'url');
  if (url === undefined) throw fail(at, 'one of url or url_file must be configured');
  return url;
}

/** The body every receiver of Alertmanager's webhooks knows, version 4. */
export function webhookBody(data: TemplateData, groupKey: string, maxAlerts: number): Record<string, unknown> {
  const { alerts } = data;
  const kept = maxAlerts === 0 ? alerts : alerts.slice(0, maxAlerts);
  return {
    ...dataJson({ ...data, alerts: kept }),
    version: '4',
    groupKey,
    truncatedAlerts: alerts.length - kept.length,
  };
}

async function deliver(config: WebhookConfig, delivery: Delivery): Promise<Accepted> {
  const { data, notification, text } = delivery;
  const url = text(await delivery.secret(config.url));
  if (url === '') throw new DeliveryError('webhook URL is empty after templating', { retry: false });
  const json =
    config.payload === undefined
      ? webhookBody(data, notification.groupKey, config.maxAlerts)
      : renderJson(config.payload, text);
  const { status } = await exchange(delivery, {
    url,
    json: json as object,
    headers: { 'idempotency-key': notification.idempotencyKey },
  });
  return { status, providerId: '' };
}
