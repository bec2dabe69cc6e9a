import type { SecretSource } from '../../base/http_settings.ts';
import { fail } from '../../base/yaml_reader.ts';
import { secretOf, textOr, urlOr, withSlash } from './config_fields.ts';
import { defaultTemplate, readEntry, textsOf, withoutEmpty } from './entry.ts';
import { exchange, jsonObject } from './exchange.ts';
import { type Accepted, type Channel, type Delivery, DeliveryError } from './integration.ts';

/** Tokens live two hours; one is asked for again a little earlier. */
const TOKEN_LIFETIME_MS = 115 * 60_000;
/** `access_token expired`. */
const EXPIRED = 42_001;

const TEXTS = {
  message: defaultTemplate('wechat', 'message'),
  to_user: defaultTemplate('wechat', 'to_user'),
  to_party: defaultTemplate('wechat', 'to_party'),
  to_tag: defaultTemplate('wechat', 'to_tag'),
  agent_id: defaultTemplate('wechat', 'agent_id'),
} as const;

interface WechatConfig {
  readonly apiUrl: string;
  readonly apiSecret: SecretSource;
  readonly corpId: string;
  readonly texts: Readonly<Record<keyof typeof TEXTS, string>>;
  readonly type: string;
}

interface Token {
  value: string;
  untilMs: number;
}

export const wechat: Channel = {
  name: 'wechat',
  section: 'wechat_configs',
  read(at, globals) {
    const names = [...Object.keys(TEXTS), 'api_secret', 'api_secret_file', 'corp_id', 'api_url', 'message_type'];
    const entry = readEntry(at, names, false);
    const { keys } = entry;
    const type = textOr(keys, 'message_type') || 'text';
    if (type !== 'text' && type !== 'markdown')
      throw fail(at, `weChat message type ${JSON.stringify(type)} does not match valid options ^(text|markdown)$`);
    const apiSecret = secretOf(keys, 'api_secret') ?? globals.wechatApiSecret;
    if (apiSecret === undefined) throw fail(at, 'no global Wechat Api Secret set either inline or in a file');
    const corpId = textOr(keys, 'corp_id') || globals.wechatCorpId;
    if (corpId === '') throw fail(at, 'no global Wechat CorpID set');
    const apiUrl = withSlash(urlOr(keys, 'api_url', globals.wechatApiUrl));
    const config: WechatConfig = { apiUrl, apiSecret, corpId, texts: textsOf(keys, TEXTS), type };
    const token: Token = { value: '', untilMs: 0 };
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) => deliver(config, token, delivery),
    };
  },
};

async function renew(config: WechatConfig, token: Token, delivery: Delivery): Promise<void> {
  const query = new URLSearchParams({
    corpid: delivery.text(config.corpId),
    corpsecret: delivery.text(await delivery.secret(config.apiSecret)),
  });
  const reply = await exchange(delivery, { method: 'GET', url: `${config.apiUrl}gettoken?${query}` });
  const value = jsonObject(reply.text)?.access_token;
  if (typeof value !== 'string' || value === '')
    throw new DeliveryError(`invalid APISecret for CorpID: ${config.corpId}`, { retry: false, status: reply.status });
  token.value = value;
  token.untilMs = Date.now() + TOKEN_LIFETIME_MS;
}

async function deliver(config: WechatConfig, token: Token, delivery: Delivery): Promise<Accepted> {
  const { text } = delivery;
  if (token.value === '' || Date.now() >= token.untilMs) await renew(config, token, delivery);
  const reply = await exchange(delivery, {
    url: `${config.apiUrl}message/send?${new URLSearchParams({ access_token: token.value })}`,
    json: {
      ...withoutEmpty({
        touser: text(config.texts.to_user),
        toparty: text(config.texts.to_party),
        totag: text(config.texts.to_tag),
        agentid: text(config.texts.agent_id),
      }),
      safe: '0',
      msgtype: config.type,
      [config.type]: { content: text(config.texts.message) },
    },
  });
  const answer = jsonObject(reply.text);
  const { status } = reply;
  if (answer === undefined) throw new DeliveryError('could not unmarshal JSON response', { retry: true, status });
  if (answer.errcode === 0) return { status, providerId: String(answer.msgid ?? '') };
  if (answer.errcode === EXPIRED) token.value = '';
  throw new DeliveryError(String(answer.errmsg ?? ''), { retry: answer.errcode === EXPIRED, status });
}
