import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../server/src/base/free_port.ts';
import { Program } from '../crash/program.ts';
import { seeded } from '../crash/random.ts';
import { eventually } from '../running_server.ts';
import { AgentProcess } from './agent_process.ts';
import { containerWriter, fileWriter, type LogWriter } from './log_writers.ts';
import { countRecords } from './stored_records.ts';

export interface StormOptions {
  /** Kills, half of them of the agent and half of the server. */
  readonly kills: number;
  /** How long the server stays away at the end, seconds. */
  readonly outageSeconds: number;
  /** Records per second over all files. */
  readonly rate: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly print: (line: string) => void;
}

export interface StormReport {
  readonly agentKills: number;
  readonly serverKills: number;
  readonly rotations: number;
  readonly services: readonly {
    readonly service: string;
    readonly written: number;
    readonly rows: number;
    readonly distinct: number;
  }[];
  /** Resident memory of the agent over time, MiB. */
  readonly residentMib: readonly number[];
  readonly passed: boolean;
}

const MIB = 1024 * 1024;
const QUEUED = 'trilith_agent_queue_bytes{signal="logs"}';
const READY_MS = 60_000;
const DRAIN_MS = 180_000;
const TICK_MS = 50;

/** Writes at a steady rate into every file, rotating each now and then, until stopped. */
class Load {
  readonly writers: readonly LogWriter[];
  readonly #random: () => number;
  readonly #perTick: number;
  rotations = 0;
  #timer: NodeJS.Timeout | undefined;
  #owed = 0;

  constructor(writers: readonly LogWriter[], rate: number, random: () => number) {
    this.writers = writers;
    this.#random = random;
    this.#perTick = (rate * TICK_MS) / 1000 / writers.length;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#owed += this.#perTick;
      const count = Math.floor(this.#owed);
      this.#owed -= count;
      for (const writer of this.writers) {
        for (let i = 0; i < count; i++) writer.write();
        if (this.#random() < TICK_MS / 4_000) {
          writer.rotate();
          this.rotations++;
        }
      }
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Kills agent and server under load while files rotate, takes the server away, and counts what is stored then. */
export async function runStorm(options: StormOptions): Promise<StormReport> {
  const { print, seed } = options;
  const root = await mkdtemp(join(tmpdir(), 'trilith-agent-storm-'));
  const random = seeded(seed);
  const [serverPort, agentPort] = [await freePort(), await freePort()];
  const server = new Program(serverPort, join(root, 'server'), join(root, 'server.log'));
  const agent = new AgentProcess(writeConfig(root, serverPort, agentPort), join(root, 'agent.log'), agentPort);
  const logs = join(root, 'logs');
  const load = new Load(
    [
      containerWriter(logs, 'payments-api'),
      containerWriter(logs, 'antifraud-service'),
      fileWriter(logs, 'renamed', 'rename'),
      fileWriter(logs, 'copied', 'copytruncate'),
    ],
    options.rate,
    random,
  );
  const residentMib: number[] = [];
  const sampling = setInterval(() => {
    if (agent.running) residentMib.push(Math.round(agent.residentBytes / MIB));
  }, 1_000);
  const kills = { agent: 0, server: 0 };
  try {
    await startServer(server);
    agent.start();
    // What is rotated away before an agent has ever looked is not its to know.
    await eventually('the agent follows every file', READY_MS, async () => {
      assert.equal(await agent.metric('trilith_agent_files'), load.writers.length, agent.said);
    });
    load.start();
    for (let i = 0; i < options.kills; i++) {
      await delay(300 + random() * 1_500);
      if (random() < 0.5) {
        await agent.kill('SIGKILL');
        kills.agent++;
        await delay(random() * 1_000);
        agent.start();
      } else {
        await server.kill();
        kills.server++;
        await delay(random() * 1_000);
        await startServer(server);
      }
    }
    if (options.outageSeconds > 0) {
      await server.kill();
      print(`the server is away for ${options.outageSeconds} s`);
      await outage(options.outageSeconds, agent, print);
      await startServer(server);
    }
    load.stop();
    await drained(agent, load.writers);
    await agent.kill('SIGTERM');
    await server.kill('SIGTERM');
    return await report(root, load, kills, residentMib);
  } finally {
    clearInterval(sampling);
    load.stop();
    if (agent.running) await agent.kill('SIGKILL');
    if (server.running) await server.kill();
    if (options.keep) print(`kept ${root}`);
    else await rm(root, { recursive: true, force: true });
  }
}

function writeConfig(root: string, serverPort: number, agentPort: number): string {
  const logs = join(root, 'logs');
  mkdirSync(logs, { recursive: true });
  mkdirSync(join(root, 'server'), { recursive: true });
  const path = join(root, 'agent.yaml');
  const config = {
    server: { url: `http://127.0.0.1:${serverPort}` },
    data: join(root, 'agent'),
    listen: `127.0.0.1:${agentPort}`,
    containers: { paths: [join(logs, 'containers/*.log')] },
    files: [{ paths: [join(logs, '*.log')] }],
    host_metrics: false,
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

async function startServer(server: Program): Promise<void> {
  server.start('');
  if (!(await server.ready(READY_MS))) throw new Error(`the server is not ready: ${server.ending}`);
}

async function outage(seconds: number, agent: AgentProcess, print: (line: string) => void): Promise<void> {
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    await delay(Math.min(30_000, until - performance.now()));
    const queued = (await agent.metric(QUEUED)) ?? 0;
    print(
      `  ${Math.round(queued / 1024)} KiB wait on disk, the agent has ${Math.round(agent.residentBytes / MIB)} MiB`,
    );
  }
}

/** Waits until the agent has read every file to its end and the server has all of it. */
async function drained(agent: AgentProcess, writers: readonly LogWriter[]): Promise<void> {
  const until = performance.now() + DRAIN_MS;
  let quiet = 0;
  while (performance.now() < until) {
    const [behind, queued] = [await agent.metric('trilith_agent_behind_bytes'), await agent.metric(QUEUED)];
    quiet = behind === 0 && queued === 0 ? quiet + 1 : 0;
    // Lines held for joining and files let go after a rotation take a few seconds.
    if (quiet >= 40) return;
    await delay(200);
  }
  throw new Error(`not everything was delivered: ${writers.map(({ written }) => written).join(', ')} records written`);
}

async function report(
  root: string,
  load: Load,
  kills: { readonly agent: number; readonly server: number },
  residentMib: readonly number[],
): Promise<StormReport> {
  const stored = await countRecords(join(root, 'server'));
  const services = load.writers.map(({ service, written }) => {
    const { rows, distinct } = stored.get(service) ?? { rows: 0, distinct: 0 };
    return { service, written, rows, distinct };
  });
  return {
    agentKills: kills.agent,
    serverKills: kills.server,
    rotations: load.rotations,
    services,
    residentMib,
    passed: services.every(({ written, rows, distinct }) => written > 0 && rows === written && distinct === written),
  };
}
