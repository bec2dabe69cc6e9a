import { defaultTemplate, readEntry, textsOf } from './entry.ts';
import { postMessage, webhookUrlOf } from './incoming_webhook.ts';
import type { Channel, Delivery } from './integration.ts';

const CARD_COLORS = { firing: '8C1A1A', resolved: '2DC72D' } as const;
const ADAPTIVE_COLORS = { firing: 'Attention', resolved: 'Good' } as const;

/** Connectors of Microsoft 365 (being retired by Microsoft): a message card. */
export const msteams: Channel = {
  name: 'msteams',
  section: 'msteams_configs',
  read(at, globals) {
    const defaults = {
      title: defaultTemplate('msteams', 'title'),
      summary: defaultTemplate('msteams', 'summary'),
      text: defaultTemplate('msteams', 'text'),
    };
    const entry = readEntry(at, [...Object.keys(defaults), 'webhook_url', 'webhook_url_file'], true);
    const url = webhookUrlOf(entry.keys, at);
    const texts = textsOf(entry.keys, defaults);
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) =>
        postMessage(delivery, url, {
          '@context': 'http://schema.org/extensions',
          type: 'MessageCard',
          title: delivery.text(texts.title),
          summary: delivery.text(texts.summary),
          text: delivery.text(texts.text),
          themeColor: CARD_COLORS[delivery.status],
        }),
    };
  },
};

/** Workflows of Power Automate: an adaptive card. */
export const msteamsV2: Channel = {
  name: 'msteamsv2',
  section: 'msteamsv2_configs',
  read(at, globals) {
    const defaults = { title: defaultTemplate('msteamsv2', 'title'), text: defaultTemplate('msteamsv2', 'text') };
    const entry = readEntry(at, [...Object.keys(defaults), 'webhook_url', 'webhook_url_file'], true);
    const url = webhookUrlOf(entry.keys, at);
    const texts = textsOf(entry.keys, defaults);
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) => postMessage(delivery, url, adaptiveCard(texts, delivery)),
    };
  },
};

/** https://learn.microsoft.com/en-us/connectors/teams/#request-body-schema */
function adaptiveCard(texts: { title: string; text: string }, { text, status, data }: Delivery): object {
  const { graphUrl } = data.evidence;
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.2',
          body: [
            {
              type: 'TextBlock',
              text: text(texts.title),
              weight: 'Bolder',
              size: 'Medium',
              wrap: true,
              style: 'heading',
              color: ADAPTIVE_COLORS[status],
            },
            { type: 'TextBlock', text: text(texts.text), wrap: true },
            ...(graphUrl === '' ? [] : [{ type: 'Image', url: graphUrl, altText: data.evidence.expression }]),
          ],
          msteams: { width: 'full' },
        },
      },
    ],
  };
}
