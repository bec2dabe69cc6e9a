import { isJsonObject, JsonError, parseJson } from '../../base/json_input.ts';
import { parseDateTime } from '../../model/date_time.ts';

/** A job of a pipeline, as a job event of GitLab tells of it (docs.gitlab.com/user/project/integrations/webhook_events/#job-events). */
export interface CiJob {
  readonly projectId: number;
  /** Path with namespace, `shop/payments-api`. */
  readonly project: string;
  readonly jobId: number;
  readonly name: string;
  readonly stage: string;
  /** `created`, `pending`, `running`, `success`, `failed`, `canceled` … */
  readonly status: string;
  readonly ref: string;
  readonly isTag: boolean;
  readonly commit: string;
  readonly pipelineId: number;
  /** ms since the epoch; null while it has not come to that. */
  readonly startedMs: number | null;
  readonly finishedMs: number | null;
  /** Name of the environment it deploys to; empty when it names none. */
  readonly environment: string;
  readonly user: string;
  /** The job's page; empty when unknown. */
  readonly url: string;
}

/** A body that is no job event that could be read; the message is for whoever set the webhook up. */
export class CiEventError extends Error {
  override readonly name = 'CiEventError';
}

/** The job of an event, or null for events of another kind, which are none of our business. Throws CiEventError. */
export function readGitlabEvent(body: Uint8Array): CiJob | null {
  let event: unknown;
  try {
    event = parseJson(body, { depth: 32, elements: 20_000 });
  } catch (error) {
    if (error instanceof JsonError) throw new CiEventError(error.message, { cause: error });
    throw error;
  }
  if (!isJsonObject(event)) throw new CiEventError('an event must be a JSON object');
  if (event.object_kind !== 'build') return null;
  const repository = isJsonObject(event.repository) ? event.repository : {};
  const project = isJsonObject(event.project) ? event.project : {};
  const homepage = text(project.web_url) || text(repository.homepage);
  const jobId = id(event.build_id, 'build_id');
  const user = isJsonObject(event.user) ? event.user : {};
  const environment = isJsonObject(event.environment) ? text(event.environment.name) : text(event.environment);
  return {
    projectId: id(event.project_id, 'project_id'),
    project: text(project.path_with_namespace) || pathOf(homepage) || text(event.project_name),
    jobId,
    name: text(event.build_name),
    stage: text(event.build_stage),
    status: text(event.build_status),
    ref: text(event.ref),
    isTag: event.tag === true,
    commit: text(event.sha),
    pipelineId: id(event.pipeline_id, 'pipeline_id'),
    startedMs: time(event.build_started_at_iso ?? event.build_started_at),
    finishedMs: time(event.build_finished_at_iso ?? event.build_finished_at),
    environment,
    user: text(user.username) || text(user.name),
    url: /^https?:\/\//.test(homepage) ? `${homepage}/-/jobs/${jobId}` : '',
  };
}

/** Reads a job that was kept as JSON; undefined when it is none. */
export function parseKeptJob(value: unknown): CiJob | undefined {
  if (!isJsonObject(value)) return undefined;
  const { projectId, jobId, pipelineId, project, name, stage, status, ref, commit, environment, user, url } = value;
  const isWhole =
    [projectId, jobId, pipelineId].every(Number.isSafeInteger) &&
    [project, name, stage, status, ref, commit, environment, user, url].every((one) => typeof one === 'string');
  // Kept by this program, with every field it has.
  return isWhole ? (value as unknown as CiJob) : undefined;
}

const MAX_CHARACTERS = 256;

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_CHARACTERS) : '';
}

function id(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new CiEventError(`${name} must be a whole number`);
  return value;
}

/** `2026-11-22 08:00:00 UTC` as older versions write it, or ISO 8601. */
function time(value: unknown): number | null {
  const ns =
    typeof value === 'string' ? parseDateTime(value.replace(/ UTC$/, 'Z').replace(/ \+0000$/, 'Z')) : undefined;
  return ns === undefined ? null : Number(ns / 1_000_000n);
}

function pathOf(url: string): string {
  return URL.canParse(url) ? decodeURI(new URL(url).pathname).replace(/^\/|\/$/g, '') : '';
}
