import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import type { ChangeRequest } from '@trilith/contract';
import { CommandError, type ServerAddress, serverAddress } from '../http.ts';
import { type CiRun, ciRun } from './environment.ts';
import { sectionsAfter } from './sections.ts';
import { createShipper, type Shipper } from './shipper.ts';

/** Where the command's own streams go; the process' own by default. */
export interface CiSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
  /** How long the end of the job waits for lines that could not be sent yet, ms. */
  readonly graceMs?: number;
}

const CI_USAGE = `usage: trilith ci [--url URL] [--service NAME] [--label NAME=VALUE]… [--deploy [--environment NAME] [--version NAME]] -- COMMAND [ARGUMENT]…

Runs COMMAND, passes its output through and sends it as logs, labelled with project, ref, stage, job and pipeline of the CI
system it runs in (GitLab, GitHub Actions, Jenkins, CircleCI, Woodpecker, Drone, TeamCity, Bitbucket). Ends with COMMAND's
exit code, whether or not the lines could be sent.

  --url URL            the server (default: TRILITH_URL, else http://127.0.0.1:3000)
  --service NAME       the service the job belongs to (default: the project's name)
  --label NAME=VALUE   a further label
  --deploy             the command deploys: a change marker from its beginning to its end
  --environment NAME   where to (default: what the CI system says)
  --version NAME       what (default: the ref)

TRILITH_KEY is the key to send with.
`;

interface CiArguments {
  /** Empty: what the environment says. */
  readonly url: string;
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly deploy: boolean;
  readonly environment: string;
  readonly version: string;
  readonly command: readonly string[];
}

const GRACE_MS = 15_000;
const REQUEST_MS = 10_000;
/** A longer line is sent in pieces, characters. */
const MAX_LINE = 64 * 1024;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `trilith ci`: the exit code of the command, 127 when it cannot be started. Throws CommandError for a wrong usage. */
export async function ciCommand(argv: readonly string[], surroundings: CiSurroundings): Promise<number> {
  if (argv[0] === '--help' || argv[0] === '-h') {
    surroundings.out.write(CI_USAGE);
    return 0;
  }
  const given = parseArguments(argv);
  const { env, err } = surroundings;
  const run = ciRun(env);
  const server = serverAddress(given.url === '' ? env : { ...env, TRILITH_URL: given.url });
  const service = given.service || run.project.split('/').at(-1) || run.source;
  const shipper = createShipper({
    labels: { ...labelsOf(run), service_name: service, ...given.labels },
    send: (body) => post(server, '/loki/api/v1/push', body),
  });
  const startedMs = Date.now();
  const marker = given.deploy ? deployMarker(given, run, service, startedMs) : undefined;
  // The job does not wait for a server that is slow to answer.
  const announced = marker === undefined ? undefined : told(server, marker, err);
  const code = await runCommand(given.command, run, shipper, surroundings);
  const { lost, reason } = await shipper.finish(surroundings.graceMs ?? GRACE_MS);
  if (lost > 0)
    err.write(`trilith: ${lost} lines of this job could not be sent to ${server.url}: ${reason || 'refused'}\n`);
  await announced;
  if (marker !== undefined) {
    const title = code === 0 ? marker.title : `${marker.title} (failed)`;
    await told(server, { ...marker, title, endMs: Math.max(startedMs, Date.now()) }, err);
  }
  return code;
}

function parseArguments(argv: readonly string[]): CiArguments {
  const values: Record<string, string> = Object.create(null);
  const labels: Record<string, string> = Object.create(null);
  let deploy = false;
  for (let i = 0; i < argv.length; i++) {
    const flag = argv[i] ?? '';
    if (flag === '--') {
      const command = argv.slice(i + 1);
      if (command.length === 0) break;
      const { url = '', service = '', environment = '', version = '' } = values;
      return { url, service, labels, deploy, environment, version, command };
    }
    if (flag === '--deploy') deploy = true;
    else if (flag === '--label') {
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(argv[++i] ?? '') ?? [];
      if (name === undefined || value === undefined) throw new CommandError(`--label needs NAME=VALUE\n${CI_USAGE}`);
      labels[name] = value;
    } else if (flag === '--url') {
      values.url = argv[++i] ?? '';
      if (!/^https?:\/\/./.test(values.url))
        throw new CommandError(`--url needs an address like https://HOST\n${CI_USAGE}`);
    } else if (['--service', '--environment', '--version'].includes(flag)) values[flag.slice(2)] = argv[++i] ?? '';
    else throw new CommandError(`unexpected argument ${flag}\n${CI_USAGE}`);
  }
  throw new CommandError(CI_USAGE);
}

function labelsOf({ source, project, ref, stage, job, pipeline }: CiRun): Record<string, string> {
  return filled({ source, project, ref, stage, job, pipeline });
}

function filled(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}

function deployMarker(given: CiArguments, run: CiRun, service: string, timeMs: number): ChangeRequest {
  const { source, job, pipeline, jobId, commit, author } = run;
  return {
    id: [source, service, pipeline || timeMs, job, jobId].join('-').slice(0, 256),
    timeMs,
    service,
    environment: given.environment || run.environment,
    kind: 'deploy',
    title: job || given.command.join(' ').slice(0, 200),
    version: given.version || run.ref,
    commit,
    author,
    url: /^https?:\/\//.test(run.url) ? run.url : '',
  };
}

/** Tells of a change; a server that cannot be told is no reason to fail the job. */
async function told(server: ServerAddress, marker: ChangeRequest, err: NodeJS.WritableStream): Promise<void> {
  try {
    if (!(await post(server, '/api/changes', JSON.stringify(marker))))
      err.write('trilith: the deploy marker was refused\n');
  } catch (error) {
    err.write(`trilith: the deploy could not be marked: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** True when it is stored, false when it is refused for good; rejects when it may be tried again. */
async function post({ url, key }: ServerAddress, path: string, body: string): Promise<boolean> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    body,
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  await response.arrayBuffer();
  if (response.ok) return true;
  if (response.status === 429 || response.status >= 500) throw new Error(`${url} answered ${response.status}`);
  return false;
}

function runCommand(
  [command = '', ...rest]: readonly string[],
  run: CiRun,
  shipper: Shipper,
  { out, err }: CiSurroundings,
): Promise<number> {
  const lines = lineTaker(run, shipper);
  return new Promise((resolve) => {
    const child = spawn(command, rest, { stdio: ['inherit', 'pipe', 'pipe'] });
    const forward = FORWARDED.map((signal) => {
      const listener = (): void => void child.kill(signal);
      process.on(signal, listener);
      return () => process.off(signal, listener);
    });
    const end = (code: number): void => {
      for (const undo of forward) undo();
      lines.end();
      resolve(code);
    };
    child.stdout.pipe(out, { end: false });
    child.stderr.pipe(err, { end: false });
    child.stdout.on('data', (chunk: Buffer) => lines.take('stdout', chunk));
    child.stderr.on('data', (chunk: Buffer) => lines.take('stderr', chunk));
    child.once('error', (error) => {
      err.write(`trilith: ${command}: ${error.message}\n`);
      end(127);
    });
    // As a shell answers: 128 and the signal's number.
    child.once('close', (code, signal) => end(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

/** Cuts both streams of a command into lines, each with a time of its own so that they stay in order. */
function lineTaker(
  { commit, jobId }: CiRun,
  shipper: Shipper,
): { take(stream: 'stdout' | 'stderr', chunk: Buffer): void; end(): void } {
  const common = filled({ commit, job_id: jobId });
  const open = {
    stdout: { decoder: new StringDecoder('utf8'), text: '' },
    stderr: { decoder: new StringDecoder('utf8'), text: '' },
  };
  let sections: readonly string[] = [];
  let number = 0;
  let lastNs = 0n;
  const add = (stream: 'stdout' | 'stderr', text: string): void => {
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    lastNs = nowNs > lastNs ? nowNs : lastNs + 1_000n;
    sections = sectionsAfter(sections, text);
    const section = sections.at(-1) ?? '';
    const attributes = { ...common, line: String(++number), stream, ...(section === '' ? {} : { section }) };
    shipper.add({ timeNs: lastNs, text, attributes });
  };
  return {
    take(stream, chunk) {
      const pending = open[stream];
      const parts = (pending.text + pending.decoder.write(chunk)).split('\n');
      pending.text = parts.pop() ?? '';
      for (const part of parts) add(stream, part.replace(/\r$/, ''));
      for (; pending.text.length > MAX_LINE; pending.text = pending.text.slice(MAX_LINE))
        add(stream, pending.text.slice(0, MAX_LINE));
    },
    end() {
      for (const stream of ['stdout', 'stderr'] as const) {
        const rest = open[stream].text + open[stream].decoder.end();
        open[stream].text = '';
        if (rest !== '') add(stream, rest);
      }
    },
  };
}
