import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { residentBytes } from '../running_server.ts';

const MAIN = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));

/** The real agent as a process of its own, to be killed. */
export class AgentProcess {
  readonly #config: string;
  readonly #log: string;
  readonly port: number;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  /**
   * @param config path of its YAML file
   * @param log where its output goes
   * @param port of its own metrics
   */
  constructor(config: string, log: string, port: number) {
    this.#config = config;
    this.#log = log;
    this.port = port;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get residentBytes(): number {
    return residentBytes(this.#child?.pid ?? 0);
  }

  /** The end of its output. */
  get said(): string {
    return readFileSync(this.#log, 'utf8').slice(-2_000);
  }

  start(): void {
    const log = openSync(this.#log, 'a');
    const child = spawn(process.execPath, [MAIN, 'agent', '--config', this.#config], {
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH ?? '' },
    });
    closeSync(log);
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#child?.kill(signal);
    await this.#exited;
  }

  /** One of its metrics, with its labels if it has any; undefined when it does not answer. */
  async metric(name: string): Promise<number | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}/metrics`, { signal: AbortSignal.timeout(5_000) });
      const line = (await response.text()).split('\n').find((one) => one.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.slice(name.length + 1));
    } catch {
      // It is down or starting, which callers wait for.
      return undefined;
    }
  }
}
