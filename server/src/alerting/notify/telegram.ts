import type { SecretSource } from '../../base/http_settings.ts';
import { fail, integer } from '../../base/yaml_reader.ts';
import { flagOf, secretOf, textOr, urlOr } from './config_fields.ts';
import { defaultTemplate, readEntry } from './entry.ts';
import { exchange, jsonObject } from './exchange.ts';
import { type Accepted, type Channel, type Delivery, DeliveryError } from './integration.ts';
import { truncateRunes } from './truncate.ts';

/** https://core.telegram.org/bots/api#sendmessage */
const MAX_MESSAGE_RUNES = 4096;
/** Cutting HTML could leave a tag open, which Telegram refuses; upstream gives this up as well. */
const TOO_LONG =
  'This notification is longer than Telegram takes. Please shorten the template of the message; the alerts are in the list of alerts.';
const PARSE_MODES = ['', 'Markdown', 'MarkdownV2', 'HTML'];

interface TelegramConfig {
  readonly apiUrl: string;
  readonly token: SecretSource;
  readonly chat: SecretSource | number;
  readonly threadId: number;
  readonly message: string;
  readonly silent: boolean;
  readonly parseMode: string;
}

const KEYS = [
  'api_url',
  'bot_token',
  'bot_token_file',
  'chat_id',
  'chat_id_file',
  'message_thread_id',
  'message',
  'disable_notifications',
  'parse_mode',
];

export const telegram: Channel = {
  name: 'telegram',
  section: 'telegram_configs',
  read(at, globals) {
    const entry = readEntry(at, KEYS, true);
    const { keys } = entry;
    const token = secretOf(keys, 'bot_token') ?? globals.telegramBotToken;
    if (token === undefined) throw fail(at, 'missing bot_token or bot_token_file on telegram_config');
    const [id, file] = [integer(keys.get('chat_id'), 0), textOr(keys, 'chat_id_file')];
    if (id === 0 && file === '') throw fail(at, 'missing chat_id or chat_id_file on telegram_config');
    if (id !== 0 && file !== '') throw fail(at, 'at most one of chat_id & chat_id_file must be configured');
    const parseMode = textOr(keys, 'parse_mode', 'HTML');
    if (!PARSE_MODES.includes(parseMode))
      throw fail(at, 'unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string');
    const config: TelegramConfig = {
      apiUrl: urlOr(keys, 'api_url', globals.telegramApiUrl).replace(/\/$/, ''),
      token,
      chat: id === 0 ? { kind: 'file', path: file } : id,
      threadId: integer(keys.get('message_thread_id'), 0),
      message: textOr(keys, 'message', defaultTemplate('telegram', 'message')),
      silent: flagOf(keys, 'disable_notifications'),
      parseMode,
    };
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

function messageText(config: TelegramConfig, { text, html }: Delivery): string {
  if (config.parseMode !== 'HTML') return truncateRunes(text(config.message), MAX_MESSAGE_RUNES);
  const made = html(config.message);
  return made.length > MAX_MESSAGE_RUNES && [...made].length > MAX_MESSAGE_RUNES ? TOO_LONG : made;
}

async function chatOf(config: TelegramConfig, delivery: Delivery): Promise<number> {
  if (typeof config.chat === 'number') return config.chat;
  const written = await delivery.secret(config.chat);
  if (!/^-?\d+$/.test(written)) throw new DeliveryError('chat_id_file holds no number', { retry: true });
  return Number(written);
}

async function deliver(config: TelegramConfig, delivery: Delivery): Promise<Accepted> {
  const message = messageText(config, delivery);
  const token = await delivery.secret(config.token);
  const reply = await exchange(delivery, {
    url: `${config.apiUrl}/bot${token}/sendMessage`,
    json: {
      chat_id: String(await chatOf(config, delivery)),
      text: message,
      disable_web_page_preview: true,
      ...(config.silent ? { disable_notification: true } : {}),
      ...(config.threadId === 0 ? {} : { message_thread_id: config.threadId }),
      ...(config.parseMode === '' ? {} : { parse_mode: config.parseMode }),
    },
    details: (_status, body) => String(jsonObject(body)?.description ?? body),
  });
  const answer = jsonObject(reply.text);
  if (answer?.ok !== true)
    throw new DeliveryError(`error response from Telegram: ${String(answer?.description ?? '')}`, {
      retry: true,
      status: reply.status,
    });
  const result = answer.result as { message_id?: unknown } | undefined;
  return { status: reply.status, providerId: String(result?.message_id ?? '') };
}
