import { timingSafeEqual } from 'node:crypto';
import { type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import type { Secret } from '../../base/secret.ts';
import { CiEventError, type CiJob, readGitlabEvent } from './gitlab_event.ts';

export interface GitlabWebhookOptions {
  /** What the webhook sends as X-Gitlab-Token; undefined: no GitLab is set up. */
  readonly webhookToken: Secret | undefined;
  /** Takes a job; resolves when it is kept. */
  readonly onJob: (job: CiJob) => Promise<void>;
  /** Told why an event could not be kept; the sender is told to come again. */
  readonly onError: (error: unknown) => void;
}

const MAX_BODY_BYTES = 1024 * 1024;
export const GITLAB_WEBHOOK_PATH = '/api/ci/gitlab';

/** `POST /api/ci/gitlab`: job events of GitLab. Its own token lets them in; a key of ours is not asked for. */
export function gitlabWebhookRoute({ webhookToken, onJob, onError }: GitlabWebhookOptions): Route {
  return {
    method: 'POST',
    path: GITLAB_WEBHOOK_PATH,
    handler: async ({ headers, body }) => {
      if (webhookToken === undefined)
        return refuse(404, 'not_found', 'no GitLab is set up: see ci.gitlab in docs/ci.md');
      if (!isSame(headers['x-gitlab-token'] ?? '', webhookToken))
        return refuse(401, 'unauthenticated', 'X-Gitlab-Token is not that of ci.gitlab.webhook_token');
      if (body.length > MAX_BODY_BYTES)
        return refuse(413, 'too_large', `an event of more than ${MAX_BODY_BYTES} bytes`);
      try {
        const job = readGitlabEvent(body);
        if (job !== null) await onJob(job);
        return jsonResponse(202, { taken: job !== null });
      } catch (error) {
        if (error instanceof CiEventError) return refuse(400, 'bad_request', error.message);
        onError(error);
        return refuse(503, 'unavailable', 'the event could not be kept, send it again');
      }
    },
  };
}

function isSame(given: string, token: Secret): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(token.reveal())];
  return left.length === right.length && timingSafeEqual(left, right);
}

function refuse(status: number, code: string, message: string): HttpResponse {
  return jsonResponse(status, { error: { code, message, setting: null, requestId: '', position: null } });
}
