import type { Change } from '@trilith/contract';
import type { Route } from '../base/http.ts';
import { isJsonObject } from '../base/json_input.ts';
import { createOutbound } from '../base/outbound.ts';
import { Secret } from '../base/secret.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { Submit } from '../model/ingest.ts';
import {
  type CiJob,
  createJobQueue,
  type Deployment,
  deploymentOf,
  gitlabWebhookRoute,
  parseKeptJob,
  storeTrace,
  type WantedJob,
} from '../receive/ci/index.ts';
import { openRecords } from '../state/index.ts';
import type { KeptChanges } from './changes.ts';
import type { Config } from './config.ts';

export interface CiOptions {
  readonly config: Config;
  readonly submit: Submit;
  readonly kept: Pick<KeptChanges, 'history' | 'changes'>;
  readonly log: Logger;
}

/** Logs of CI jobs. Whoever started it stops it. */
export interface Ci {
  readonly routes: Route[];
  /** Goes on with jobs an earlier process was told of; to be called when the store is ready. */
  resume(): void;
  stop(): void;
}

const MOST_JOBS = 5_000;
const ENDED: ReadonlySet<string> = new Set(['success', 'failed', 'canceled']);

/** Takes job events of GitLab: the log of a job that ended is fetched, one that deploys becomes a change. */
export function startCi({ config, submit, kept, log }: CiOptions): Ci {
  const { gitlab } = config.ci;
  if (gitlab === undefined) {
    const route = gitlabWebhookRoute({
      webhookToken: undefined,
      onJob: async () => undefined,
      onError: () => undefined,
    });
    return { routes: [route], resume: () => undefined, stop: () => undefined };
  }
  const { tenant } = gitlab;
  // The address is the operator's own: GitLab often is in a private network.
  const outbound = createOutbound({ allowPrivate: true });
  const access = { url: gitlab.url, token: new Secret(gitlab.token) };
  const jobs = openRecords<WantedJob>({ name: 'ci-job', most: MOST_JOBS, parse: parseWanted }, kept.history);
  const about = ({ project, jobId }: CiJob): object => ({ project, job: jobId });
  const queue = createJobQueue({
    keep: (id, wanted) => jobs.put(tenant, id, wanted, 'gitlab'),
    kept: () => jobs.all(tenant),
    store: (job) => storeTrace(job, tenant, access, outbound, submit),
    onStored: (job, lines) => log.debug('log of a CI job stored', { ...about(job), lines }),
    onRetry: (job, error) =>
      log.limited('WARN', 'ci-retry', 60, 'the log of a CI job could not be had; it is tried again', {
        ...about(job),
        error,
      }),
    onGivenUp: (job, error) => log.error('the log of a CI job is given up', { ...about(job), error }),
  });
  const onJob = async (job: CiJob): Promise<void> => {
    const deployment = deploymentOf(job);
    if (deployment !== undefined) await kept.changes.record(tenant, changeOf(deployment));
    if (ENDED.has(job.status)) await queue.want(job);
  };
  const onError = (error: unknown): void =>
    log.limited('WARN', 'ci-event', 60, 'a job event of GitLab could not be kept', { error });
  return {
    routes: [gitlabWebhookRoute({ webhookToken: new Secret(gitlab.webhook_token), onJob, onError })],
    resume: () => {
      queue.resume().catch((error: unknown) => log.error('waiting CI jobs could not be read', { error }));
    },
    stop: () => {
      queue.stop();
      outbound.close();
    },
  };
}

function parseWanted(value: unknown): WantedJob | undefined {
  if (!isJsonObject(value)) return undefined;
  const job = parseKeptJob(value.job);
  const { state } = value;
  if (job === undefined || (state !== 'wanted' && state !== 'stored' && state !== 'given-up')) return undefined;
  return { job, state };
}

function changeOf({ startMs, isRollback, ...rest }: Deployment): Change {
  return { ...rest, timeMs: startMs, kind: isRollback ? 'rollback' : 'deploy' };
}
