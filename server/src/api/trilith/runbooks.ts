import { readFile, stat } from 'node:fs/promises';
import type { AlertRunbooksAnswer, RunbookAnswer, RunbookLink } from '@trilith/contract';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import type { Alert } from '../../model/alert.ts';
import {
  EMPTY_LIBRARY,
  foundAt,
  type RunbookSources,
  runbookAnswerOf,
  runbooksAnswerOf,
} from '../../runbooks/index.ts';
import { RequestError } from './respond.ts';
import { answered } from './state_requests.ts';

export interface RunbookSource {
  /** Whose the folder is. */
  readonly tenant: string;
  readonly sources: () => RunbookSources;
  /** Alerts that are held, with their identity. */
  readonly alerts: (tenant: string) => Iterable<Alert & { readonly fingerprint: string }>;
  readonly linkOf: (alert: Pick<Alert, 'labels' | 'annotations'>) => RunbookLink | undefined;
  /** An alert that fires, or did lately; null when nothing is known of it. Rejects with StateUnavailable or StoreError. */
  readonly alertOf: (fingerprint: string, runbook: string) => Promise<RunbookAnswer['alert']>;
}

const MOST_ALERTS = 10_000;
const MOST_LABELS = 50;
const MOST_IMAGE_BYTES = 8 * 1024 * 1024;
/** An image cannot run anything, not even opened by itself. */
const IMAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
} as const;

/** `GET /api/runbooks`, `GET /api/runbooks/NAME` and the images beside them, `GET /api/alerts/runbooks`. */
export function runbookRoutes(source: RunbookSource): Route[] {
  const sourcesOf = ({ tenant }: HttpRequest): RunbookSources =>
    tenant === source.tenant
      ? source.sources()
      : { ...source.sources(), isConfigured: false, rules: [], library: EMPTY_LIBRARY };
  const route = (path: string, run: (request: HttpRequest) => Promise<HttpResponse>): Route => ({
    method: 'GET',
    path,
    handler: (request) => answered(request, () => run(request)),
  });
  return [
    route('/api/runbooks', async (request) => jsonResponse(200, runbooksAnswerOf(sourcesOf(request)))),
    route('/api/runbooks/*', (request) => pageOrImage(request, sourcesOf(request), source)),
    route('/api/alerts/runbooks', async ({ tenant }) => jsonResponse(200, linksOf(tenant, source))),
  ];
}

function linksOf(tenant: string, { alerts, linkOf, tenant: own }: RunbookSource): AlertRunbooksAnswer {
  const links: Record<string, RunbookLink> = Object.create(null);
  if (tenant !== own) return { links, partial: false };
  let looked = 0;
  for (const alert of alerts(tenant)) {
    if (++looked > MOST_ALERTS) return { links, partial: true };
    const link = linkOf(alert);
    if (link !== undefined) links[alert.fingerprint] = link;
  }
  return { links, partial: false };
}

async function pageOrImage(
  { params, query }: HttpRequest,
  sources: RunbookSources,
  { alertOf }: RunbookSource,
): Promise<HttpResponse> {
  const path = params['*'] ?? '';
  const found = foundAt(path, sources.library);
  if (found === undefined)
    throw new RequestError(404, 'not_found', `there is no runbook ${JSON.stringify(path.slice(0, 200))}`);
  if ('image' in found) return imageOf(found.image, found.type);
  const fingerprint = query.get('alert') ?? '';
  const alert = fingerprint === '' ? null : await alertOf(fingerprint, found.runbook.name);
  return jsonResponse(200, runbookAnswerOf(found.runbook, alert, givenLabels(query), sources));
}

/** `label.NAME=VALUE`; a label without a value is none. */
function givenLabels(query: URLSearchParams): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of query)
    if (name.startsWith('label.') && value !== '' && given.size < MOST_LABELS) given.set(name.slice(6), value);
  return given;
}

async function imageOf(file: string, type: string): Promise<HttpResponse> {
  const gone = (error: unknown): never => {
    throw new RequestError(404, 'not_found', 'the image is not there any more', { cause: error });
  };
  const { size } = await stat(file).catch(gone);
  if (size > MOST_IMAGE_BYTES)
    throw new RequestError(413, 'too_large', `the image has more than ${MOST_IMAGE_BYTES} bytes`);
  const body = await readFile(file).catch(gone);
  return { status: 200, headers: { 'content-type': type, ...IMAGE_HEADERS }, body };
}
