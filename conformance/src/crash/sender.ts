import { Agent, request as httpRequest } from 'node:http';
import type { Signal } from './signals.ts';

/** What became of one attempt. */
export interface Attempts {
  acknowledged: number;
  /** No answer: the connection broke. */
  broken: number;
  /** Answers that ask to come again (503). */
  refused: number;
  /** Any other answer; there must be none. */
  wrong: string[];
}

/**
 * A client of one signal: one request after the other, each repeated byte for byte until it is acknowledged, as real
 * senders do. `acknowledged` requests are 0 … next - 1 for the whole signal, because request numbers are handed out in order
 * and every client finishes the one it has before it stops.
 */
export class Sender {
  readonly signal: Signal;
  readonly attempts: Attempts = { acknowledged: 0, broken: 0, refused: 0, wrong: [] };
  readonly ackMs: number[] = [];
  /** Requests handed out so far; all are acknowledged once `pause` has resolved. */
  next = 0;
  readonly #port: number;
  readonly #agent: Agent;
  readonly #clients: number;
  #going: Promise<unknown> | undefined;
  #paused = true;

  constructor(signal: Signal, port: number, clients: number) {
    this.signal = signal;
    this.#port = port;
    this.#clients = clients;
    this.#agent = new Agent({ keepAlive: true, maxSockets: clients });
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#going = Promise.all(Array.from({ length: this.#clients }, () => this.#client()));
  }

  /** Stops handing out requests; resolves when those under way are acknowledged. */
  async pause(): Promise<void> {
    this.#paused = true;
    await this.#going;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #client(): Promise<void> {
    while (!this.#paused) {
      const request = this.signal.request(this.next++);
      for (;;) {
        const started = performance.now();
        const status = await post(this.#agent, this.#port, request.path, request.headers, request.body);
        if (status >= 200 && status < 300) {
          this.attempts.acknowledged++;
          this.ackMs.push(performance.now() - started);
          break;
        }
        if (status === 0) this.attempts.broken++;
        else if (status === 503) this.attempts.refused++;
        else this.attempts.wrong.push(`${this.signal.name} ${status}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
}

/** The status, or 0 when the connection broke before a whole answer came. */
function post(
  agent: Agent,
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<number> {
  return new Promise((resolve) => {
    const request = httpRequest(
      { agent, host: '127.0.0.1', port, path, method: 'POST', headers: { ...headers, 'content-length': body.length } },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.complete ? (response.statusCode ?? 0) : 0));
        response.once('error', () => resolve(0));
      },
    );
    request.setTimeout(30_000, () => request.destroy());
    request.once('error', () => resolve(0));
    request.end(body);
  });
}
