import type { CiJob } from './gitlab_event.ts';

/** A job that changes what runs, for a marker on the graphs. */
export interface Deployment {
  /** Stable: every event of the job gives the same. */
  readonly id: string;
  readonly startMs: number;
  /** Null while it runs. */
  readonly endMs: number | null;
  readonly service: string;
  readonly environment: string;
  readonly isRollback: boolean;
  readonly title: string;
  readonly version: string;
  readonly commit: string;
  readonly url: string;
  readonly author: string;
}

const DEPLOYS = /(^|[^a-z])(deploy|deployment|rollout|release|promote|rollback)/i;
const STATUSES: ReadonlySet<string> = new Set(['running', 'success', 'failed', 'canceled']);

/** The deployment a job is: one that has begun, and whose environment, stage or name says so. */
export function deploymentOf(job: CiJob): Deployment | undefined {
  const says = job.environment !== '' || DEPLOYS.test(job.stage) || DEPLOYS.test(job.name);
  const startMs = job.startedMs ?? job.finishedMs;
  if (!says || startMs === null || !STATUSES.has(job.status)) return undefined;
  const isOver = job.status !== 'running';
  return {
    id: `gitlab-${job.projectId}-${job.jobId}`,
    startMs,
    endMs: isOver ? Math.max(startMs, job.finishedMs ?? startMs) : null,
    service: job.project.split('/').at(-1) ?? '',
    environment: job.environment,
    isRollback: /rollback/i.test(`${job.name} ${job.stage}`),
    title: job.status === 'failed' || job.status === 'canceled' ? `${job.name} (${job.status})` : job.name,
    version: job.ref,
    commit: job.commit,
    url: job.url,
    author: job.user,
  };
}
