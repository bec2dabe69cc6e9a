import type { ImportAnswer, ImportLimitsAnswer } from '@trilith/contract';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../base/http.ts';
import type { Outcome, Submit } from '../model/ingest.ts';

const MS_PER_DAY = 86_400_000;
const PATH = '/api/admin/import/metrics';

/**
 * `POST /api/admin/import/metrics`, for admins: a remote write 2.0 request of samples as old as retention keeps them, where
 * remote write itself takes only those of the last hours. `GET` says how old that is. Answers when the samples are on disk.
 * @param retentionDays days metrics are kept
 * @param now ms since the epoch
 */
export function importRoutes(submit: Submit, retentionDays: number, now: () => number = Date.now): Route[] {
  // Retention drops whole UTC days, and the first one it keeps is this.
  const oldestMs = (): number => Math.floor(now() / MS_PER_DAY - retentionDays) * MS_PER_DAY;
  return [
    {
      method: 'GET',
      path: PATH,
      handler: () => jsonResponse(200, { oldestMs: oldestMs(), retentionDays } satisfies ImportLimitsAnswer),
    },
    {
      method: 'POST',
      path: PATH,
      handler: async ({ tenant, body }: HttpRequest) =>
        respond(
          await submit({
            door: 'remote-write-2',
            tenant,
            encoding: 'snappy',
            body,
            oldestSampleMs: now() - oldestMs(),
          }),
        ),
    },
  ];
}

function respond(outcome: Outcome): HttpResponse {
  switch (outcome.kind) {
    case 'stored': {
      const { samples, histograms } = outcome.accepted;
      return jsonResponse(200, { samples, histograms, rejections: [...outcome.rejections] } satisfies ImportAnswer);
    }
    case 'undecodable':
    case 'unsupported':
      return failure(400, 'bad_request', outcome.message);
    case 'too-large':
      return failure(413, 'too_large', outcome.message);
    case 'over-quota':
      return failure(429, 'over_quota', outcome.message, outcome.retryAfterSeconds);
    case 'unavailable':
      return failure(503, 'unavailable', outcome.message, outcome.retryAfterSeconds);
  }
}

function failure(status: number, code: string, message: string, retryAfterSeconds?: number): HttpResponse {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) };
  return jsonResponse(status, { error: { code, message, setting: null, requestId: '', position: null } }, headers);
}
