import { type Outbound, OutboundError } from '../../base/outbound.ts';
import type { Secret } from '../../base/secret.ts';
import type { Outcome, Submit } from '../../model/ingest.ts';
import type { CiLogMeta } from './decode.ts';
import type { CiJob } from './gitlab_event.ts';
import type { TraceState } from './trace_lines.ts';

/** The GitLab whose jobs are read. */
export interface GitlabAccess {
  /** Its address without a path below it, `https://gitlab.example`. */
  readonly url: string;
  /** A token that may read the API. */
  readonly token: Secret;
}

/** Why a log is not stored. `later`: trying again makes sense. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly later: boolean;
  constructor(later: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.later = later;
  }
}

const TIMEOUT_MS = 60_000;
/** GitLab's own default limit of a job's log is 4 MiB, its archive's 100. */
const MAX_BYTES = 100 * 1024 * 1024;
const PART_BYTES = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Fetches the log of a job and stores its lines, a part after the other. Throws TraceError. */
export async function storeTrace(
  job: CiJob,
  tenant: string,
  gitlab: GitlabAccess,
  outbound: Pick<Outbound, 'send'>,
  submit: Submit,
): Promise<number> {
  const trace = await fetchTrace(job, gitlab, outbound);
  const meta = { labels: labelsOf(job), attributes: attributesOf(job) };
  let state: TraceState = {
    line: 0,
    timeNs: BigInt(job.startedMs ?? job.finishedMs ?? Date.now()) * 1_000_000n,
    sections: [],
  };
  for (const [number, part] of parts(trace).entries()) {
    const outcome = await submit({
      door: 'ci-logs',
      tenant,
      encoding: 'identity',
      body: part,
      meta: { ...meta, state } satisfies CiLogMeta,
      place: `gitlab ${job.projectId} ${job.jobId} ${number}`,
      needsReport: true,
    });
    if (outcome.kind !== 'stored') throw new TraceError(isLater(outcome), outcome.message);
    state = outcome.report as TraceState;
  }
  return state.line;
}

function isLater(outcome: Outcome): boolean {
  return outcome.kind === 'unavailable' || outcome.kind === 'over-quota';
}

async function fetchTrace(
  { projectId, jobId }: CiJob,
  { url, token }: GitlabAccess,
  outbound: Pick<Outbound, 'send'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const address = `${url.replace(/\/$/, '')}/api/v4/projects/${projectId}/jobs/${jobId}/trace`;
  try {
    const { status, body } = await outbound.send(address, {
      headers: { 'private-token': token.reveal(), accept: 'text/plain' },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    if (status === 200) return body;
    // A job that has just ended may not have its log yet; a token that may not read never will.
    throw new TraceError(status === 404 || status === 429 || status >= 500, `${address} answered ${status}`);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    throw new TraceError(error.kind !== 'too-large' && error.kind !== 'blocked', error.message, { cause: error });
  }
}

/** Whole lines of at most so many bytes together; a longer line is a part of its own. */
function parts(trace: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const all: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < trace.length; ) {
    const limit = Math.min(trace.length, start + PART_BYTES);
    const before = limit === trace.length ? limit : trace.lastIndexOf(NEWLINE, limit - 1) + 1;
    const after = trace.indexOf(NEWLINE, limit) + 1;
    const end = before > start ? before : after > 0 ? after : trace.length;
    all.push(trace.slice(start, end));
    start = end;
  }
  return all;
}

/** What every line of the job has in common. */
function labelsOf(job: CiJob): [string, string][] {
  const service = job.project.split('/').at(-1) ?? '';
  const labels: [string, string][] = [
    ['source', 'gitlab-ci'],
    ['service_name', service === '' ? 'gitlab-ci' : service],
    ['project', job.project],
    ['ref', job.ref],
    ['stage', job.stage],
    ['job', job.name],
    ['pipeline', String(job.pipelineId)],
  ];
  return labels.filter(([, value]) => value !== '');
}

function attributesOf(job: CiJob): [string, string][] {
  const attributes: [string, string][] = [
    ['job_id', String(job.jobId)],
    ['commit', job.commit],
    ['environment', job.environment],
  ];
  return attributes.filter(([, value]) => value !== '');
}
