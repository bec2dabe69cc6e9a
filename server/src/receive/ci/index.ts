export { decodeCiLog } from './decode.ts';
export { type Deployment, deploymentOf } from './deployment.ts';
export { storeTrace } from './fetch_trace.ts';
export { type CiJob, parseKeptJob } from './gitlab_event.ts';
export { createJobQueue, type WantedJob } from './job_queue.ts';
export { GITLAB_WEBHOOK_PATH, gitlabWebhookRoute } from './route.ts';
