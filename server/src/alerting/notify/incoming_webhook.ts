import type { SecretSource } from '../../base/http_settings.ts';
import { fail, type YamlValue } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { secretUrlOf } from './config_fields.ts';
import { exchange } from './exchange.ts';
import type { Accepted, Delivery } from './integration.ts';

/** The address a chat product gave out for messages from outside: a secret, since whoever has it may write. */
export function webhookUrlOf(keys: Keys, at: YamlValue): SecretSource {
  const url = secretUrlOf(keys, 'webhook_url');
  if (url === undefined) throw fail(at, 'one of webhook_url or webhook_url_file must be configured');
  return url;
}

/** Posts a message whose answer says nothing more than its status. */
export async function postMessage(delivery: Delivery, url: SecretSource, message: object): Promise<Accepted> {
  const { status } = await exchange(delivery, { url: await delivery.secret(url), json: message });
  return { status, providerId: '' };
}
