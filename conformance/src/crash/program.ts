import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));

/** The real server as a process of its own, to be killed. */
export class Program {
  readonly port: number;
  readonly #data: string;
  readonly #log: string;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(port: number, data: string, log: string) {
    this.port = port;
    this.#data = data;
    this.#log = log;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** How it ended, for messages. */
  get ending(): string {
    return `exit code ${this.#child?.exitCode}, signal ${this.#child?.signalCode}`;
  }

  /** @param environment overrides of the program's settings */
  start(fault: string, environment: Readonly<Record<string, string>> = {}): void {
    const log = openSync(this.#log, 'a');
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env.PATH ?? '',
        TRILITH_LISTEN: `127.0.0.1:${this.port}`,
        TRILITH_OTLP_LISTEN: 'off',
        TRILITH_DATA: this.#data,
        TRILITH_SELF_MONITORING: 'false',
        TRILITH_INGEST_MIB_PER_SECOND: '1000',
        TRILITH_DISK_RESERVE_RATIO: '0.01',
        ...(fault === '' ? {} : { TRILITH_FAULT: fault }),
        ...environment,
      },
    });
    closeSync(log);
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  exited(): Promise<void> {
    return this.#exited;
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    this.#child?.kill(signal);
    await this.#exited;
  }

  /** The engine: the server's child process; undefined when there is none right now. */
  enginePid(): number | undefined {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        // pid (command) state ppid …; the command may hold anything, so count from the last parenthesis.
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (Number(fields[1]) === this.pid && fields[0] !== 'Z') return Number(name);
      } catch {
        // The process ended while we looked.
      }
    }
    return undefined;
  }

  /** Waits until `/readyz` says so. Returns false when the process ended or `deadlineMs` passed. */
  async ready(deadlineMs: number): Promise<boolean> {
    const until = performance.now() + deadlineMs;
    while (performance.now() < until) {
      if (!this.running) return false;
      if ((await this.get('/readyz')).status === 200) return true;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return false;
  }

  /** GET; status 0 when nobody answers. */
  async get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}${path}`, { signal: AbortSignal.timeout(60_000) });
      return { status: response.status, body: await response.text() };
    } catch {
      // Refused or broken: the server is down or starting, which callers wait for.
      return { status: 0, body: '' };
    }
  }
}
