import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../base/free_port.ts';
import {
  type ClusterNode,
  type Credentials,
  createCredentials,
  KEEP_ALIVE_COMMENT,
  SECRET_HEADER,
  WRITER,
  writeEngineConfig,
} from './config.ts';
import { findEngineLibrary } from './library.ts';
import { lowerMergePriority } from './merge_priority.ts';
import { type EngineProcess, engineArguments, spawnEngine } from './process.ts';

export type EngineState = 'starting' | 'ready' | 'down';

export interface EngineOptions {
  readonly dataDir: string;
  /** Bound of the engine's memory, bytes; default 1.2 GiB. */
  readonly memoryBytes?: number;
  /** Every line the engine writes, without the line end. */
  readonly onLog?: (line: string) => void;
  /** How long one start may take, ms; default 60 s (many parts take time to open). */
  readonly startTimeoutMs?: number;
  /** Who ends the engine when this process dies; by default the kernel where it can (Linux), else a thread. */
  readonly watch?: 'kernel' | 'thread';
  /** For clusters of several launched servers. */
  readonly cluster?: {
    readonly tcpPort: number;
    readonly clusters: Readonly<Record<string, readonly ClusterNode[]>>;
    readonly credentials: Credentials;
  };
}

/** A running engine. Its address stays the same while this object lives, whatever happens to the process. */
export interface Engine {
  readonly url: string;
  readonly credentials: Credentials;
  state(): EngineState;
  /** Called at every change; returns the way to stop it. */
  onState(listener: (state: EngineState) => void): () => void;
  /** Process id of the engine, undefined while it is down. */
  pid(): number | undefined;
  /** Ends the engine: its keep-alive query is killed; after `deadlineMs` SIGTERM, after twice that SIGKILL. */
  stop(deadlineMs?: number): Promise<void>;
}

/** The engine did not come up; `log` has its last lines. */
export class EngineStartError extends Error {
  override readonly name = 'EngineStartError';
  readonly log: readonly string[];
  constructor(message: string, log: readonly string[], options?: ErrorOptions) {
    super([message, ...log.slice(-5)].join('\n'), options);
    this.log = log;
  }
}

const DEFAULT_MEMORY_BYTES = 1_288_490_188;
const FIRST_RESTART_DELAY_MS = 50;
const MAX_RESTART_DELAY_MS = 10_000;
/** An engine that ran this long was healthy: the next restart is immediate again. */
const HEALTHY_AFTER_MS = 60_000;
const KEPT_LOG_LINES = 50;
const MAX_LOG_LINE = 4096;
const READY_POLL_MS = 15;
const MERGING_THREADS_POLL_MS = 500;
/** The library has no symbols, so its stack frames say nothing; the end of the keep-alive query is our own doing. */
const STACK_FRAME = /^(\d+\. .* @ 0x[0-9a-f]+|Code: 394\. .*)$/;
const LINE_START = /^\d{4}\.\d\d\.\d\d \d\d:/;
/** Errors of queries go to whoever asked (with the query's text they would fill the log); pauses happen at every end. */
const MUTED = /> (executeQuery|DynamicQueryHandler|BackupsWorker|RestorerFromBackup): |Temporarily pause scheduling/;

/**
 * Starts the engine and keeps it running: a process that dies is started again on the same port with exponential
 * back-off. Throws EngineStartError when the first start fails (library missing, directory in use, port taken).
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const credentials = options.cluster?.credentials ?? createCredentials();
  const config = writeEngineConfig({
    dataDir,
    credentials,
    memoryBytes: options.memoryBytes ?? DEFAULT_MEMORY_BYTES,
    ...(options.cluster === undefined ? {} : { clusters: options.cluster.clusters }),
  });
  const port = await freePort();
  const supervisor = new Supervisor({
    library: findEngineLibrary(),
    arguments: engineArguments(config, dataDir, port, options.cluster?.tcpPort),
    url: `http://127.0.0.1:${port}`,
    credentials,
    watch: options.watch ?? (process.platform === 'linux' ? 'kernel' : 'thread'),
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    onLog: options.onLog ?? (() => {}),
  });
  await supervisor.start();
  return supervisor;
}

interface Plan extends EngineProcess {
  readonly url: string;
  readonly credentials: Credentials;
  readonly startTimeoutMs: number;
  readonly onLog: (line: string) => void;
}

class Supervisor implements Engine {
  readonly url: string;
  readonly credentials: Credentials;
  private readonly plan: Plan;
  private readonly listeners = new Set<(state: EngineState) => void>();
  private readonly log: string[] = [];
  private readonly stopping = new AbortController();
  private current: EngineState = 'down';
  /** The line before was muted, and so are those that continue it. */
  private muted = false;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private restartDelayMs = FIRST_RESTART_DELAY_MS;

  constructor(plan: Plan) {
    this.plan = plan;
    this.url = plan.url;
    this.credentials = plan.credentials;
  }

  state(): EngineState {
    return this.current;
  }

  onState(listener: (state: EngineState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  pid(): number | undefined {
    return this.child?.pid;
  }

  async start(): Promise<void> {
    const child = this.launch();
    try {
      await this.untilReady(child);
    } catch (error) {
      this.stopping.abort();
      child.kill('SIGKILL');
      await this.exited;
      throw error;
    }
  }

  async stop(deadlineMs = 2000): Promise<void> {
    this.stopping.abort();
    const { child } = this;
    if (child === undefined) return;
    const terminate = setTimeout(() => child.kill('SIGTERM'), deadlineMs);
    const kill = setTimeout(() => child.kill('SIGKILL'), deadlineMs * 2);
    const asked = await this.killKeepAlive();
    if (!asked) child.kill('SIGTERM');
    await this.exited;
    clearTimeout(terminate);
    clearTimeout(kill);
  }

  private launch(): ChildProcess {
    this.enter('starting');
    const startedAt = Date.now();
    const child = spawnEngine(this.plan);
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.note(line));
    }
    this.exited = new Promise((exit) => {
      const gone = (): void => {
        if (this.child === child) this.child = undefined;
        this.enter('down');
        exit();
        if (Date.now() - startedAt > HEALTHY_AFTER_MS) this.restartDelayMs = FIRST_RESTART_DELAY_MS;
        void this.restart();
      };
      child.once('exit', gone);
      child.once('error', gone);
    });
    return child;
  }

  private async restart(): Promise<void> {
    const { signal } = this.stopping;
    if (signal.aborted) return;
    try {
      await delay(this.restartDelayMs, undefined, { signal });
    } catch {
      // Stopped while waiting: there is nothing to restart for.
      return;
    }
    this.restartDelayMs = Math.min(this.restartDelayMs * 2, MAX_RESTART_DELAY_MS);
    const child = this.launch();
    try {
      await this.untilReady(child);
    } catch (error) {
      // The exit handler starts the next attempt.
      this.note(`restart failed: ${String(error)}`);
      child.kill('SIGKILL');
    }
  }

  private async untilReady(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + this.plan.startTimeoutMs;
    for (;;) {
      if (this.child !== child) throw new EngineStartError('the engine ended while starting', this.log);
      if (Date.now() > deadline) throw new EngineStartError('the engine did not answer in time', this.log);
      if (await this.answers()) break;
      await delay(READY_POLL_MS);
    }
    this.favourQueries(child);
    if (this.child === child) this.enter('ready');
  }

  /** The merging threads come with the first table, so it may take a while until there are any. */
  private favourQueries(child: ChildProcess): void {
    if (this.child !== child || child.pid === undefined || process.platform !== 'linux') return;
    try {
      if (lowerMergePriority(child.pid) === 0)
        setTimeout(() => this.favourQueries(child), MERGING_THREADS_POLL_MS).unref();
    } catch (error) {
      this.note(`merges keep their priority: ${String(error)}`);
    }
  }

  private async answers(): Promise<boolean> {
    try {
      return (await this.request('SELECT 1')).ok;
    } catch {
      // Not listening yet.
      return false;
    }
  }

  private async killKeepAlive(): Promise<boolean> {
    try {
      const answer = await this.request(`KILL QUERY WHERE Settings['log_comment'] = '${KEEP_ALIVE_COMMENT}' ASYNC`);
      return answer.ok;
    } catch (error) {
      this.note(`could not ask the engine to end: ${String(error)}`);
      return false;
    }
  }

  private async request(statement: string): Promise<Response> {
    const response = await fetch(this.plan.url, {
      method: 'POST',
      body: statement,
      headers: {
        [SECRET_HEADER]: this.credentials.secret,
        'x-clickhouse-user': WRITER,
        'x-clickhouse-key': this.credentials.writerPassword,
        // The engine waits for open connections when it ends.
        connection: 'close',
      },
      signal: AbortSignal.timeout(5000),
    });
    await response.arrayBuffer();
    return response;
  }

  private enter(state: EngineState): void {
    if (state === this.current) return;
    this.current = state;
    for (const listener of this.listeners) listener(state);
  }

  private note(line: string): void {
    const text = line.slice(0, MAX_LOG_LINE);
    if (LINE_START.test(text)) this.muted = MUTED.test(text);
    if (this.muted || text === '' || STACK_FRAME.test(text)) return;
    this.log.push(text);
    if (this.log.length > KEPT_LOG_LINES) this.log.shift();
    this.plan.onLog(text);
  }
}
