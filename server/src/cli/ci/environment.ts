/** What a CI system says of the job that runs, in variables of the environment. */
export interface CiRun {
  /** `gitlab-ci`, `github-actions` …; `ci` when no system is known. */
  readonly source: string;
  readonly project: string;
  readonly ref: string;
  readonly stage: string;
  readonly job: string;
  readonly pipeline: string;
  readonly jobId: string;
  readonly commit: string;
  readonly environment: string;
  readonly author: string;
  readonly url: string;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Field = Exclude<keyof CiRun, 'source'>;

/** A system: the variable that tells it, with its value where others set the same, and where each field is, the best first. */
interface System {
  readonly source: string;
  readonly told: readonly [variable: string, value?: string];
  readonly fields: Partial<Readonly<Record<Field, readonly string[]>>>;
}

const SYSTEMS: readonly System[] = [
  {
    source: 'gitlab-ci',
    told: ['GITLAB_CI'],
    fields: {
      project: ['CI_PROJECT_PATH'],
      ref: ['CI_COMMIT_REF_NAME'],
      stage: ['CI_JOB_STAGE'],
      job: ['CI_JOB_NAME'],
      pipeline: ['CI_PIPELINE_ID'],
      jobId: ['CI_JOB_ID'],
      commit: ['CI_COMMIT_SHA'],
      environment: ['CI_ENVIRONMENT_NAME'],
      author: ['GITLAB_USER_LOGIN'],
      url: ['CI_JOB_URL'],
    },
  },
  {
    source: 'github-actions',
    told: ['GITHUB_ACTIONS'],
    fields: {
      project: ['GITHUB_REPOSITORY'],
      ref: ['GITHUB_REF_NAME'],
      stage: ['GITHUB_WORKFLOW'],
      job: ['GITHUB_JOB'],
      pipeline: ['GITHUB_RUN_ID'],
      jobId: ['GITHUB_RUN_ATTEMPT'],
      commit: ['GITHUB_SHA'],
      author: ['GITHUB_ACTOR'],
    },
  },
  {
    source: 'jenkins',
    told: ['JENKINS_URL'],
    fields: {
      project: ['JOB_NAME'],
      ref: ['BRANCH_NAME', 'GIT_BRANCH'],
      stage: ['STAGE_NAME'],
      job: ['JOB_BASE_NAME', 'JOB_NAME'],
      pipeline: ['BUILD_NUMBER'],
      jobId: ['BUILD_TAG'],
      commit: ['GIT_COMMIT'],
      author: ['CHANGE_AUTHOR'],
      url: ['BUILD_URL'],
    },
  },
  {
    source: 'circleci',
    told: ['CIRCLECI'],
    fields: {
      project: ['CIRCLE_PROJECT_REPONAME'],
      ref: ['CIRCLE_TAG', 'CIRCLE_BRANCH'],
      job: ['CIRCLE_JOB'],
      pipeline: ['CIRCLE_WORKFLOW_ID'],
      jobId: ['CIRCLE_BUILD_NUM'],
      commit: ['CIRCLE_SHA1'],
      author: ['CIRCLE_USERNAME'],
      url: ['CIRCLE_BUILD_URL'],
    },
  },
  {
    source: 'woodpecker',
    told: ['CI', 'woodpecker'],
    fields: {
      project: ['CI_REPO'],
      ref: ['CI_COMMIT_TAG', 'CI_COMMIT_BRANCH'],
      stage: ['CI_WORKFLOW_NAME'],
      job: ['CI_STEP_NAME'],
      pipeline: ['CI_PIPELINE_NUMBER'],
      jobId: ['CI_STEP_NUMBER'],
      commit: ['CI_COMMIT_SHA'],
      environment: ['CI_PIPELINE_DEPLOY_TARGET'],
      author: ['CI_COMMIT_AUTHOR'],
      url: ['CI_PIPELINE_URL'],
    },
  },
  {
    source: 'drone',
    told: ['DRONE'],
    fields: {
      project: ['DRONE_REPO'],
      ref: ['DRONE_TAG', 'DRONE_BRANCH'],
      stage: ['DRONE_STAGE_NAME'],
      job: ['DRONE_STEP_NAME'],
      pipeline: ['DRONE_BUILD_NUMBER'],
      jobId: ['DRONE_STEP_NUMBER'],
      commit: ['DRONE_COMMIT_SHA'],
      environment: ['DRONE_DEPLOY_TO'],
      author: ['DRONE_COMMIT_AUTHOR'],
      url: ['DRONE_BUILD_LINK'],
    },
  },
  {
    source: 'teamcity',
    told: ['TEAMCITY_VERSION'],
    fields: {
      project: ['TEAMCITY_PROJECT_NAME'],
      ref: ['TEAMCITY_BUILD_BRANCH'],
      job: ['TEAMCITY_BUILDCONF_NAME'],
      pipeline: ['BUILD_NUMBER'],
      commit: ['BUILD_VCS_NUMBER'],
      url: ['BUILD_URL'],
    },
  },
  {
    source: 'bitbucket-pipelines',
    told: ['BITBUCKET_BUILD_NUMBER'],
    fields: {
      project: ['BITBUCKET_REPO_FULL_NAME'],
      ref: ['BITBUCKET_TAG', 'BITBUCKET_BRANCH'],
      pipeline: ['BITBUCKET_BUILD_NUMBER'],
      jobId: ['BITBUCKET_STEP_UUID'],
      commit: ['BITBUCKET_COMMIT'],
      environment: ['BITBUCKET_DEPLOYMENT_ENVIRONMENT'],
      author: ['BITBUCKET_STEP_TRIGGERER_UUID'],
    },
  },
];

/** What is known of the job that runs here; fields no variable tells are empty. */
export function ciRun(env: Environment): CiRun {
  const system = SYSTEMS.find(({ told: [variable, value] }) =>
    value === undefined ? (env[variable] ?? '') !== '' : env[variable] === value,
  );
  const read = (field: Field): string =>
    system?.fields[field]?.map((variable) => env[variable] ?? '').find((value) => value !== '') ?? '';
  const run: CiRun = {
    source: system?.source ?? 'ci',
    project: read('project'),
    ref: read('ref').replace(/^refs\/(heads|tags)\/|^origin\//, ''),
    stage: read('stage'),
    job: read('job'),
    pipeline: read('pipeline'),
    jobId: read('jobId'),
    commit: read('commit'),
    environment: read('environment'),
    author: read('author'),
    url: read('url'),
  };
  return run.url === '' ? { ...run, url: pageOf(run, env) } : run;
}

/** The page of a run, of systems that have no variable for it. */
function pageOf({ source, project, pipeline }: CiRun, env: Environment): string {
  if (source === 'github-actions' && env.GITHUB_SERVER_URL !== undefined)
    return `${env.GITHUB_SERVER_URL}/${project}/actions/runs/${pipeline}`;
  return source === 'bitbucket-pipelines' && env.BITBUCKET_GIT_HTTP_ORIGIN !== undefined
    ? `${env.BITBUCKET_GIT_HTTP_ORIGIN}/pipelines/results/${pipeline}`
    : '';
}
