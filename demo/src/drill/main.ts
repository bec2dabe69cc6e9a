import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort } from '../../../server/src/base/free_port.ts';
import { copyAtPorts } from '../config_files.ts';
import { DemoStartError, startDemo } from '../demo.ts';
import { DEFAULT_BASE_PORT, receiverPort } from '../topology.ts';
import { startTrilith, TrilithError } from '../trilith.ts';
import { CHANGE, givePast, lookAround } from './prepare.ts';
import { type Page, startReceiver } from './receiver.ts';

const USAGE = `npm run drill:demo -- [options]
  Starts Trilith, the demo and a stub of its people, makes each of the five rules fire by its fault, and follows the
  pages until they are over: first five that have to arrive, then two that must not.
  --true-time       wait for each rule's own \`for\` (10 minutes) instead of 20 seconds
  --rules FILE      the five rules from another file
  --base-port N     first port (default ${DEFAULT_BASE_PORT}; the next seven are used too)
  --port N          Trilith's port (default: a free one)`;

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = join(ROOT, 'server/src/main.ts');
/** The rules our users start from, where they are at hand; else the demo's own. */
const GIVEN_RULES = join(ROOT, '../shared/examples/alerts.yml');
const OWN_RULES = join(ROOT, 'demo/rules.yml');
/** What the start of everything has made slow is over by then, ms. */
const QUIET_MS = 7 * 60_000;
const LOOK_MS = 2_000;
const FAULTS = 'faults.yaml';
const BROKEN_WAYS = 'broken-ways.yaml';
/** Where each of the broken ways has to fail. */
const EXPECTED_FAILURES: Readonly<Record<string, string>> = {
  'refusing receiver': 'receiver',
  'silent person': 'acknowledged',
};

/** Aborted by Ctrl-C: drills switch their faults off, and what was started is stopped. */
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());

const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Options {
  readonly trueTime: boolean;
  readonly rules: string;
  readonly basePort: number;
  readonly url: string;
}

async function readOptions(): Promise<Options> {
  const { values } = parseArgs({
    options: {
      'true-time': { type: 'boolean' },
      rules: { type: 'string' },
      'base-port': { type: 'string' },
      port: { type: 'string' },
    },
  });
  const basePort = Number(values['base-port'] ?? DEFAULT_BASE_PORT);
  const port = values.port === undefined ? await freePort() : Number(values.port);
  for (const one of [basePort, port]) if (!(one > 0 && one < 65_500)) throw new Error(`${one} is no port`);
  return {
    trueTime: values['true-time'] === true,
    rules: values.rules ?? (existsSync(GIVEN_RULES) ? GIVEN_RULES : OWN_RULES),
    basePort,
    url: `http://127.0.0.1:${port}`,
  };
}

/** Writes the demo's files for its ports into a folder, and the configuration that names them. */
function writeConfiguration(folder: string, { basePort, rules }: Options): string {
  copyAtPorts(['demo/alertmanager.yml', `demo/drills/${FAULTS}`, `demo/drills/${BROKEN_WAYS}`], folder, basePort);
  const path = join(folder, 'trilith.yaml');
  const settings = {
    slo: { files: [join(ROOT, 'demo/slo.yaml')] },
    rules: {
      files: [rules, join(ROOT, 'demo/drills/broken-ways.rules.yml')],
      logql_files: [join(ROOT, 'demo/log-rules.yml')],
    },
    alerting: { config: join(folder, 'alertmanager.yml') },
    on_call: { file: join(ROOT, 'demo/on-call.yml') },
    runbooks: { directory: join(ROOT, 'demo/runbooks'), base_urls: ['https://runbooks/'], check_links: false },
    drills: { files: [join(folder, FAULTS)], allow: [`http://127.0.0.1:${basePort}/faults/`] },
  };
  writeFileSync(path, JSON.stringify(settings));
  return path;
}

/** Runs `trilith drill run` with what it prints going on to the terminal, or back as JSON. */
function drill(
  url: string,
  args: readonly string[],
  output: 'shown' | 'json',
): Promise<{ code: number; text: string }> {
  const child = spawn(process.execPath, [MAIN, 'drill', 'run', ...args, ...(output === 'json' ? ['-o', 'json'] : [])], {
    stdio: ['ignore', output === 'json' ? 'pipe' : 'inherit', 'inherit'],
    env: { ...process.env, TRILITH_URL: url },
  });
  const stop = (): void => void child.kill('SIGINT');
  stopped.signal.addEventListener('abort', stop, { once: true });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, text }));
  });
}

/** Waits until no rule of the group is pending or firing: what the start made slow is over. */
async function untilQuiet(url: string): Promise<void> {
  const deadline = Date.now() + QUIET_MS;
  for (let told = ''; ; await delay(LOOK_MS)) {
    const response = await fetch(`${url}/api/v1/rules?type=alert&rule_group[]=payments`);
    const { data } = (await response.json()) as {
      data: { groups: { rules: { name: string; state: string; lastEvaluation: string }[] }[] };
    };
    const rules = data.groups.flatMap((group) => group.rules);
    const busy = rules.filter(({ state, lastEvaluation }) => state !== 'inactive' || lastEvaluation.startsWith('0001'));
    if (rules.length > 0 && busy.length === 0) return;
    const names = busy.map(({ name, state }) => `${name} is ${state}`).join(', ');
    if (names !== told) say(`waiting until no rule is true without a fault: ${names}`);
    told = names;
    stopped.signal.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`rules are true without a fault: ${names}`);
  }
}

/** What is missing in the pages that the stub got; empty when all is there. */
function missingIn(pages: readonly Page[], alerts: readonly string[]): string[] {
  // Not every fault writes lines of a new kind.
  const patterns = pages.some(({ drill, patterns: fresh }) => drill !== '' && fresh !== '');
  const ofEach = alerts.flatMap((alert) => {
    const own = pages.filter((page) => page.alert === alert && page.drill !== '');
    const firing = own.find(({ status }) => status === 'firing');
    const problems: string[] = [];
    if (firing === undefined) problems.push('no page');
    else {
      if (!firing.title.startsWith('[DRILL]')) problems.push(`its title says no DRILL: ${firing.title}`);
      if (firing.runbook === '') problems.push('no link to a runbook');
      if (firing.graphBytes === 0) problems.push('no picture');
      if (firing.logs === '') problems.push('no log lines');
      if (firing.trace === '') problems.push('no trace');
      if (!firing.changes.includes(CHANGE)) problems.push('the change shortly before is not in it');
      if (!/^https?:\/\/.+\/ack\//.test(firing.acknowledge)) problems.push('no link that acknowledges');
    }
    if (!own.some(({ status }) => status === 'resolved')) problems.push('no page about the end');
    return problems.map((problem) => `${alert}: ${problem}`);
  });
  return patterns ? ofEach : [...ofEach, 'no page tells of a new pattern of errors'];
}

const ALERTS = ['HighErrorRate', 'HighLatencyP95', 'KafkaConsumerLag', 'RabbitMQDlqGrowth', 'PostgresDeadlocks'];

function sayPages(pages: readonly Page[]): void {
  say('');
  say('What the stub received:');
  for (const { to, title, runbook, graphBytes, logs, trace, patterns, changes } of pages) {
    const carried = [
      runbook === '' ? '' : 'runbook',
      graphBytes === 0 ? '' : `graph of ${graphBytes} bytes`,
      logs === '' ? '' : 'log lines',
      trace === '' ? '' : 'trace',
      patterns === '' ? '' : 'new patterns',
      changes === '' ? '' : 'changes',
    ];
    say(`  ${to.padEnd(8)} ${title.trim()}  ${carried.filter(Boolean).join(', ')}`);
  }
}

/** Whether the drills of broken ways fail where they have to. */
async function brokenWays(url: string, folder: string): Promise<string[]> {
  say('');
  say('Two ways that are broken on purpose:');
  const { code, text } = await drill(url, [join(folder, BROKEN_WAYS)], 'json');
  const { runs } = JSON.parse(text) as {
    runs: { name: string; state: string; failedHop: string; hops: { hop: string; text: string; advice: string }[] }[];
  };
  for (const { name, failedHop, hops } of runs) {
    const hop = hops.find((one) => one.hop === failedHop);
    say(`  ${name}: failed at ${failedHop}: ${hop?.text}`);
    say(`    → ${hop?.advice}`);
  }
  const wrong = runs.filter(({ name, failedHop }) => EXPECTED_FAILURES[name] !== failedHop);
  return [
    ...(code === 1 ? [] : [`the command ended with ${code} instead of 1`]),
    ...wrong.map(({ name, failedHop }) => `${name} should fail at ${EXPECTED_FAILURES[name]}, not at ${failedHop}`),
  ];
}

async function run(options: Options): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'trilith-drill-'));
  const { url, basePort } = options;
  const started = Date.now();
  try {
    say(`rules: ${options.rules}`);
    await using trilith = await startTrilith(
      url,
      basePort,
      {
        TRILITH_CONFIG: writeConfiguration(folder, options),
        TRILITH_DATA: join(folder, 'data'),
        TRILITH_OTLP_LISTEN: 'off',
        TRILITH_OTLP_GRPC_LISTEN: 'off',
      },
      'quiet',
    );
    say(`Trilith: ${url}/ (process ${trilith.process.pid})`);
    const pages: Page[] = [];
    await using _receiver = await startReceiver(receiverPort(basePort), (page) => pages.push(page));
    const demoOptions = { trilithUrl: url, rps: 10, seed: 1, basePort, faults: [], verbose: false, noServer: true };
    await using _demo = await startDemo(demoOptions, { onLost: (service) => say(`${service} ended by itself`) });
    await untilQuiet(url);
    await givePast(url);
    await lookAround(url);
    say('');
    const drills = [join(folder, FAULTS), ...(options.trueTime ? ['--true-time'] : [])];
    const { code } = await drill(url, drills, 'shown');
    stopped.signal.throwIfAborted();
    sayPages(pages);
    const problems = [
      ...(code === 0 ? [] : ['a drill failed']),
      ...missingIn(pages, ALERTS),
      ...(await brokenWays(url, folder)),
    ];
    say('');
    for (const problem of problems) say(`✗ ${problem}`);
    const seconds = Math.round((Date.now() - started) / 1000);
    say(problems.length === 0 ? `all as it has to be, in ${seconds} s` : `failed after ${seconds} s`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv.includes('--help')) say(USAGE);
else {
  try {
    process.exit(await run(await readOptions()));
  } catch (error) {
    if (stopped.signal.aborted) process.stderr.write('stopped\n');
    else if (error instanceof DemoStartError || error instanceof TrilithError)
      process.stderr.write(`${error.message}\n`);
    else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  }
}
