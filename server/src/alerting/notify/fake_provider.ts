import assert from 'node:assert/strict';
import type { HttpClient } from '../../base/http_client.ts';
import type { OutboundRequest, OutboundResponse } from '../../base/outbound.ts';
import { entries, parseYaml } from '../../base/yaml_reader.ts';
import { labelsFrom } from '../../model/labels.ts';
import { NO_EVIDENCE } from '../templates/evidence_data.ts';
import { loadTemplates } from '../templates/notification_templates.ts';
import { createNotifier, type NotifyServices } from './create_notifier.ts';
import { readGlobals } from './globals.ts';
import type { Integration } from './integration.ts';
import type { Notification, NotifiedAlert, Outcome } from './notifier.ts';
import { readIntegrations } from './read_integrations.ts';

/** Fixtures for tests of channels: a notification that does not change, and a provider that answers as it is told. */

export const START_MS = Date.UTC(2026, 10, 1, 12, 0, 0);
const GROUP_KEY = '{}:{alertname="HighLatency"}';

export function exampleAlert(more: Partial<NotifiedAlert> = {}): NotifiedAlert {
  return {
    labels: labelsFrom([
      ['alertname', 'HighLatency'],
      ['service', 'checkout'],
      ['severity', 'critical'],
    ]),
    annotations: ['summary', 'p99 above 2 s'],
    startsAtMs: START_MS,
    endsAtMs: 0,
    updatedAtMs: START_MS,
    generatorUrl: 'http://trilith/graph',
    resolved: false,
    fingerprint: 'd1b2c3d4e5f60718',
    missed: false,
    ...more,
  };
}

export const RESOLVED = { resolved: true, endsAtMs: START_MS + 60_000 } as const;

export function exampleNotification(more: Partial<Notification> = {}): Notification {
  return {
    receiver: 'team',
    groupKey: GROUP_KEY,
    groupLabels: ['alertname', 'HighLatency'],
    alerts: [exampleAlert()],
    nowMs: START_MS,
    reason: 'first notification',
    stored: new Map(),
    idempotencyKey: 'idem-1',
    ...more,
  };
}

/** The integrations of a receiver and a `global` section written in YAML. */
function integrationsIn(receiver: string, global?: string): Integration[] {
  const globals = readGlobals(global === undefined ? undefined : parseYaml(global));
  return readIntegrations(new Map(entries(parseYaml(receiver))), globals);
}

export interface AskedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON where it is such, else text. */
  readonly body: unknown;
}

/** A provider's answer, or what makes the exchange fail. */
export type Answer = Partial<Pick<OutboundResponse, 'status' | 'headers'>> & {
  readonly body?: string | object;
  readonly error?: Error;
};

/** A client that keeps what it is asked and gives the answers in turn, the last one again and again. */
function fakeClient(answers: readonly Answer[]): { client: HttpClient; asked: AskedRequest[] } {
  const asked: AskedRequest[] = [];
  const send = async (url: string, request: OutboundRequest): Promise<OutboundResponse> => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? {};
    asked.push({
      method: request.method ?? 'GET',
      url,
      headers: request.headers ?? {},
      body: parsedBody(String(request.body ?? '')),
    });
    if (answer.error !== undefined) throw answer.error;
    const { status = 200, headers = {}, body = '' } = answer;
    const bytes = new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
    return { status, headers, body: bytes, url };
  };
  return { client: { send, open: () => Promise.reject(new Error('not used')), close: () => undefined }, asked };
}

function parsedBody(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  return JSON.parse(text) as unknown;
}

export interface Told {
  readonly outcome: Outcome;
  readonly asked: readonly AskedRequest[];
}

/** Tells the only integration of a receiver of a notification. */
export async function tell(
  receiver: string,
  options: {
    readonly global?: string;
    readonly notification?: Notification;
    readonly answers?: readonly Answer[];
    readonly services?: Partial<NotifyServices>;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Told> {
  const [integration] = integrationsIn(receiver, options.global);
  if (integration === undefined) throw new Error('the receiver has no integration');
  const { client, asked } = fakeClient(options.answers ?? [{}]);
  const { notifier } = createNotifier(integration, {
    templates: loadTemplates([], 'en'),
    externalUrl: 'https://trilith.example',
    directory: '/',
    acknowledgeUrl: () => '',
    evidence: async () => NO_EVIDENCE,
    client: () => client,
    ...options.services,
  });
  const signal = options.signal ?? new AbortController().signal;
  const outcome = await notifier(options.notification ?? exampleNotification(), signal);
  return { outcome, asked };
}

/** What texts and bodies of the example come out as. */
export const GROUP_HASH = 'd4061866bc333de2350285b0452a21f78349e3d63b4f06b6c956f64f95d7be36';
export const TITLE = '[FIRING:1] HighLatency (checkout critical)';
export const LIST_URL = 'https://trilith.example/#/alerts?receiver=team';
export const LIST =
  'Labels:\n - alertname = HighLatency\n - service = checkout\n - severity = critical\nAnnotations:\n - summary = p99 above 2 s\nSource: http://trilith/graph\n';
export const ALERT = {
  status: 'firing',
  labels: { alertname: 'HighLatency', service: 'checkout', severity: 'critical' },
  annotations: { summary: 'p99 above 2 s' },
  startsAt: '2026-11-01T12:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://trilith/graph',
  fingerprint: 'd1b2c3d4e5f60718',
};
export const WEBHOOK_BODY = {
  receiver: 'team',
  status: 'firing',
  alerts: [ALERT],
  notification_reason: 'first notification',
  groupLabels: { alertname: 'HighLatency' },
  commonLabels: ALERT.labels,
  commonAnnotations: ALERT.annotations,
  externalURL: 'https://trilith.example',
  version: '4',
  groupKey: '{}:{alertname="HighLatency"}',
  truncatedAlerts: 0,
};

/** A receiver and what its channel has to ask for. */
export interface ChannelCase {
  readonly name: string;
  readonly receiver: string;
  readonly global?: string;
  readonly notification?: Notification;
  readonly answers?: readonly Answer[];
  readonly asked: readonly {
    readonly method?: string;
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  }[];
  readonly providerId?: string;
}

/** Throws AssertionError. */
export async function checkCase({ receiver, asked, providerId, name: _, ...options }: ChannelCase): Promise<void> {
  const told = await tell(receiver, options);
  assert.equal(told.outcome.error, undefined);
  assert.equal(told.asked.length, asked.length);
  for (const [i, expected] of asked.entries()) {
    const found = told.asked[i];
    assert.equal(found?.method, expected.method ?? 'POST');
    assert.equal(found?.url, expected.url);
    for (const [header, value] of Object.entries(expected.headers ?? {})) assert.equal(found?.headers[header], value);
    if (expected.body !== undefined) assert.deepEqual(found?.body, expected.body);
  }
  if (providerId !== undefined) assert.equal(told.outcome.providerId, providerId);
}

/** The body of a request that was made. */
export function bodyOf<Body>(request: AskedRequest | undefined): Body {
  assert.ok(request !== undefined);
  return request.body as Body;
}
