import { fail } from '../../base/yaml_reader.ts';
import { textOr, urlOr } from './config_fields.ts';
import { defaultTemplate, readEntry } from './entry.ts';
import { exchange, jsonObject } from './exchange.ts';
import type { Channel } from './integration.ts';
import { truncateBytes } from './truncate.ts';

/** Largest message Webex takes, bytes. */
const MAX_MESSAGE_BYTES = 7439;

export const webex: Channel = {
  name: 'webex',
  section: 'webex_configs',
  read(at, globals) {
    const entry = readEntry(at, ['api_url', 'message', 'room_id'], true);
    const { keys, ownHttp } = entry;
    const roomId = textOr(keys, 'room_id');
    if (roomId === '') throw fail(at, 'missing room_id on webex_config');
    if (ownHttp === undefined || ownHttp.auth.kind !== 'header')
      throw fail(at, 'missing webex_configs.http_config.authorization');
    const url = urlOr(keys, 'api_url', globals.webexApiUrl);
    const message = textOr(keys, 'message', defaultTemplate('webex', 'message'));
    return {
      sendResolved: entry.sendResolved,
      http: ownHttp,
      timeoutMs: 0,
      deliver: async (delivery) => {
        const { text } = delivery;
        const reply = await exchange(delivery, {
          url,
          json: { markdown: truncateBytes(text(message), MAX_MESSAGE_BYTES), roomId: text(roomId) },
        });
        const id = jsonObject(reply.text)?.id;
        return { status: reply.status, providerId: typeof id === 'string' ? id : '' };
      },
    };
  },
};
