import type { HttpClient } from '../../base/http_client.ts';
import type { HttpClientConfig, SecretSource } from '../../base/http_settings.ts';
import type { YamlValue } from '../../base/yaml_reader.ts';
import type { TemplateData } from '../templates/data.ts';
import type { ReceiverGlobals } from './globals.ts';
import type { Notification, Outcome } from './notifier.ts';

/** The provider took the notification. */
export interface Accepted {
  readonly status: number;
  /** Its own id of what it took; may be empty. */
  readonly providerId: string;
  /** What it did not take of it: an address of several. */
  readonly warning?: string;
}

/** One attempt at one integration, with everything its channel needs. */
export interface Delivery {
  readonly notification: Notification;
  readonly status: 'firing' | 'resolved';
  readonly data: TemplateData;
  /** SHA-256 of the group key in hex: an id every provider takes (Alertmanager's Key.Hash). */
  readonly groupHash: string;
  readonly http: HttpClient;
  /** For one exchange with the provider. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** A template's text. Throws TemplateError, as `html` does. */
  text(template: string): string;
  /** The same, with what is inserted escaped for HTML. */
  html(template: string): string;
  /** The secret itself. Throws when its file cannot be read. */
  secret(source: SecretSource): Promise<string>;
  /** Tells those an escalation policy names; undefined when there are no policies. */
  readonly page: ((policy: string) => Promise<Outcome>) | undefined;
}

/** One entry of a `*_configs` list, complete with what `global` says. */
export interface Integration {
  /** Upstream's name: `slack`. */
  readonly channel: string;
  /** Its place in the receiver's list of that channel. */
  readonly index: number;
  readonly sendResolved: boolean;
  /** Undefined for channels that do not speak HTTP. */
  readonly http: HttpClientConfig | undefined;
  /** The entry's own `timeout`, ms; 0 leaves it to the caller. */
  readonly timeoutMs: number;
  /** The escalation policy that says who is told, where the channel leaves that to one. */
  readonly policy?: string;
  /** Throws DeliveryError, TemplateError, or what reading a secret's file gave. */
  readonly deliver: (delivery: Delivery) => Promise<Accepted>;
}

/** What a channel reads out of an entry; its place in the list is added by `readIntegrations`. */
export type ReadIntegration = Omit<Integration, 'channel' | 'index'>;

export interface Channel {
  readonly name: string;
  /** The key of a receiver: `slack_configs`. */
  readonly section: string;
  /** Throws ConfigFileError. */
  readonly read: (entry: YamlValue, globals: ReceiverGlobals) => ReadIntegration;
}

/** Why the provider did not take a notification. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  /** Whether another attempt can succeed. */
  readonly retry: boolean;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  constructor(
    message: string,
    options: { retry: boolean; status?: number; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.retry = options.retry;
    this.status = options.status ?? 0;
    this.retryAfterMs = options.retryAfterMs;
  }
}
