import { textOr } from './config_fields.ts';
import { defaultTemplate, readEntry, textsOf, withoutEmpty } from './entry.ts';
import { postMessage, webhookUrlOf } from './incoming_webhook.ts';
import type { Channel } from './integration.ts';
import { truncateRunes } from './truncate.ts';

/** https://discord.com/developers/docs/resources/channel#embed-object-embed-limits */
const MAX_TITLE_RUNES = 256;
const MAX_DESCRIPTION_RUNES = 4096;
const MAX_CONTENT_RUNES = 2000;
const COLORS = { firing: 0x992d22, resolved: 0x2ecc71 } as const;

const TEXTS = {
  content: '',
  title: defaultTemplate('discord', 'title'),
  message: defaultTemplate('discord', 'message'),
} as const;

export const discord: Channel = {
  name: 'discord',
  section: 'discord_configs',
  read(at, globals) {
    const entry = readEntry(
      at,
      [...Object.keys(TEXTS), 'webhook_url', 'webhook_url_file', 'username', 'avatar_url'],
      true,
    );
    const { keys } = entry;
    const url = webhookUrlOf(keys, at);
    const texts = textsOf(keys, TEXTS);
    const [username, avatarUrl] = [textOr(keys, 'username'), textOr(keys, 'avatar_url')];
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) => {
        const { text, status, data } = delivery;
        const { graphUrl } = data.evidence;
        return postMessage(delivery, url, {
          content: truncateRunes(text(texts.content), MAX_CONTENT_RUNES),
          embeds: [
            {
              title: truncateRunes(text(texts.title), MAX_TITLE_RUNES),
              description: truncateRunes(text(texts.message), MAX_DESCRIPTION_RUNES),
              color: COLORS[status],
              ...(graphUrl === '' ? {} : { image: { url: graphUrl } }),
            },
          ],
          ...withoutEmpty({ username, avatar_url: URL.canParse(avatarUrl) ? avatarUrl : '' }),
        });
      },
    };
  },
};
