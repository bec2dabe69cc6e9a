import { createHash } from 'node:crypto';
import { TemplateError, TemplateSyntaxError } from '@trilith/lang/template';
import { createHttpClient, type HttpClient, secretText } from '../../base/http_client.ts';
import type { HttpClientConfig } from '../../base/http_settings.ts';
import { templateData } from '../templates/data.ts';
import { type Evidence, NO_EVIDENCE } from '../templates/evidence_data.ts';
import type { NotificationTemplates } from '../templates/notification_templates.ts';
import { type Accepted, type Delivery, DeliveryError, type Integration } from './integration.ts';
import { type Notification, type Notifier, type Outcome, statusOf } from './notifier.ts';

/** What integrations need of the program around them. */
export interface NotifyServices {
  readonly templates: NotificationTemplates;
  /** Our own address as people see it, without a slash at the end. */
  readonly externalUrl: string;
  /** Where files named in the configuration are. */
  readonly directory: string;
  /** A link with which somebody takes a group on; empty when there is none. */
  readonly acknowledgeUrl: (notification: Notification) => string;
  /** Never rejects, and ends within its own deadline. */
  readonly evidence: (notification: Notification, signal: AbortSignal) => Promise<Evidence>;
  /** Makes the client of an integration; by default one that connects. */
  readonly client?: (settings: HttpClientConfig, directory: string) => HttpClient;
  /** Tells those an escalation policy names. */
  readonly page?: (policy: string) => Notifier;
}

export interface ClosableNotifier {
  readonly notifier: Notifier;
  close(): void;
}

/** How long one exchange with a provider may take where its entry does not say, ms. */
const EXCHANGE_MS = 20_000;

/** Makes an integration ready to be used: its connections live as long as it does. */
export function createNotifier(integration: Integration, services: NotifyServices): ClosableNotifier {
  const plain = { auth: { kind: 'none' }, tls: { insecureSkipVerify: false, serverName: '' }, headers: [] } as const;
  const settings = integration.http ?? { ...plain, followRedirects: true, proxy: { kind: 'none' } };
  const http = (services.client ?? createHttpClient)(settings, services.directory);
  const deliver = async (notification: Notification, signal: AbortSignal): Promise<Accepted> => {
    const evidence =
      statusOf(notification.alerts) === 'firing' ? await services.evidence(notification, signal) : NO_EVIDENCE;
    const data = templateData(notification, {
      externalUrl: services.externalUrl,
      acknowledgeUrl: services.acknowledgeUrl(notification),
      evidence,
    });
    const { page } = services;
    const delivery: Delivery = {
      notification,
      status: data.status,
      data,
      groupHash: createHash('sha256').update(notification.groupKey).digest('hex'),
      http,
      timeoutMs: integration.timeoutMs === 0 ? EXCHANGE_MS : integration.timeoutMs,
      signal,
      text: (template) => services.templates.text(template, data),
      html: (template) => services.templates.html(template, data),
      secret: (source) => secretText(source, services.directory),
      page: page === undefined ? undefined : (policy) => page(policy)(notification, signal),
    };
    return integration.deliver(delivery);
  };
  return {
    notifier: async (notification, signal) => {
      try {
        return { retry: false, ...(await deliver(notification, signal)) };
      } catch (error) {
        return failure(error);
      }
    },
    close: () => http.close(),
  };
}

function failure(error: unknown): Outcome {
  if (error instanceof DeliveryError) {
    const { message, retry, status, retryAfterMs } = error;
    return { error: message, retry, status, providerId: '', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  // A template does not get better by itself; a file with a secret may be written a moment later.
  const retry = !(error instanceof TemplateError || error instanceof TemplateSyntaxError);
  return { error: message, retry, status: 0, providerId: '' };
}
