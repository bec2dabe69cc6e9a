import { type MessagePort, type Transferable, Worker } from 'node:worker_threads';
import { type FromWorker, PendingCalls, type ToWorker } from './pending_calls.ts';

/** The worker died or was closed before it answered. Nothing of the call may be assumed done. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
}

export interface WorkerCallsOptions {
  readonly script: URL;
  readonly name: string;
  readonly workerData: unknown;
  /** Old-generation heap limit, MiB; a worker that passes it dies and is replaced. */
  readonly maxOldGenerationMib: number;
  /** Called when the worker died by itself and a new one is being started. */
  readonly onLost: (error: Error) => void;
}

/** Large enough that a batch's short-lived objects die before they are copied; grows only when used. */
const YOUNG_GENERATION_MIB = 48;
/** How long a notice waits for a call or other notices to go with: waking a thread costs more than most of them. */
const LINGER_MS = 5;
/** How long a worker is waited for that died twice without an answer in between; doubles with each such death. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Calls into a worker thread: buffers are transferred both ways, a dead worker is replaced. One that dies again and again
 * is started less and less often, and calls in between are refused.
 */
export class WorkerCalls<Request, Response, Notice> implements AsyncDisposable {
  readonly #options: WorkerCallsOptions;
  /** Undefined while a pause keeps the next one waiting. */
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  /** Workers that died in a row without having answered. */
  #deaths = 0;
  #closed = false;
  #notices: Notice[] = [];
  #noticeTransfer: Transferable[] = [];
  #linger: NodeJS.Timeout | undefined;
  readonly #pending = new PendingCalls<Response>();

  constructor(options: WorkerCallsOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  /** Asks the worker. An aborted signal cancels inside the worker; the promise settles with what the worker then says. */
  call(request: Request, transfer: readonly Transferable[] = [], signal?: AbortSignal): Promise<Response> {
    if (this.#closed) return Promise.reject(new WorkerLost(`${this.#options.name} is closed`));
    if (this.#worker === undefined)
      return Promise.reject(
        new WorkerLost(`${this.#options.name} died ${this.#deaths} times and is started again soon`),
      );
    const cancel = (id: number): void => this.#post({ kind: 'cancel', id }, []);
    const { id, answer } = this.#pending.begin(cancel, signal);
    const { notices, transfer: more } = this.#takeNotices();
    this.#post({ kind: 'call', call: { id, request }, notices }, [...more, ...transfer]);
    if (signal?.aborted) cancel(id);
    return answer;
  }

  /**
   * Tells the worker something, within a few milliseconds; nothing comes back. Calls and notices arrive in the order they
   * were made. What is transferred must not be touched any more.
   */
  notify(notice: Notice, transfer: readonly Transferable[] = []): void {
    if (this.#closed || this.#worker === undefined) return;
    this.#notices.push(notice);
    this.#noticeTransfer.push(...transfer);
    this.#linger ??= setTimeout(() => {
      const { notices, transfer: all } = this.#takeNotices();
      this.#post({ kind: 'notices', notices }, all);
    }, LINGER_MS);
  }

  #takeNotices(): { readonly notices: readonly Notice[]; readonly transfer: readonly Transferable[] } {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    const taken = { notices: this.#notices, transfer: this.#noticeTransfer };
    this.#notices = [];
    this.#noticeTransfer = [];
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    this.#takeNotices();
    this.#pending.failAll(new WorkerLost(`${this.#options.name} is closed`));
    await this.#worker?.terminate();
  }

  #post(message: ToWorker<Request, Notice>, transfer: readonly Transferable[]): void {
    this.#worker?.postMessage(message, transfer);
  }

  #start(): Worker {
    const { script, name, workerData, maxOldGenerationMib } = this.#options;
    const worker = new Worker(script, {
      name,
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: maxOldGenerationMib, maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
    });
    worker.on('message', (message: FromWorker<Response>) => this.#receive(message));
    let failure: Error | null = null;
    worker.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', (code) => {
      if (this.#closed || worker !== this.#worker) return;
      // They were for the worker that is gone.
      this.#takeNotices();
      const error = new WorkerLost(`${name} stopped with code ${code}`, { cause: failure });
      this.#worker = undefined;
      this.#pending.failAll(error);
      this.#replace(failure ?? error);
    });
    return worker;
  }

  /** At once, or after a pause when workers die without having answered. */
  #replace(lostBy: Error): void {
    const pauseMs = this.#deaths === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#deaths - 1));
    this.#deaths++;
    const start = (): void => {
      this.#worker = this.#start();
      this.#options.onLost(lostBy);
    };
    if (pauseMs === 0) start();
    else this.#restart = setTimeout(start, pauseMs);
  }

  #receive(message: FromWorker<Response>): void {
    this.#deaths = 0;
    this.#pending.receive(message);
  }
}

/** What a handler returns: the value, and the buffers in it that may be moved instead of copied. */
export interface Answer<Response> {
  readonly value: Response;
  readonly transfer: readonly Transferable[];
}

/** The worker's side: answers calls until the port closes. Handlers run concurrently. */
export function serveCalls<Request, Response, Notice>(
  port: MessagePort,
  handler: (request: Request, signal: AbortSignal) => Promise<Answer<Response>> | Answer<Response>,
  onNotice: (notice: Notice) => void,
): void {
  const running = new Map<number, AbortController>();
  const answer = async (call: { readonly id: number; readonly request: Request }): Promise<void> => {
    const cancel = new AbortController();
    running.set(call.id, cancel);
    try {
      const { value, transfer } = await handler(call.request, cancel.signal);
      const message: FromWorker<Response> = { kind: 'answer', id: call.id, value };
      port.postMessage(message, [...transfer]);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      const message: FromWorker<Response> = {
        kind: 'failure',
        id: call.id,
        message: cause.message,
        stack: cause.stack ?? '',
      };
      port.postMessage(message);
    } finally {
      running.delete(call.id);
    }
  };
  port.on('message', (message: ToWorker<Request, Notice>) => {
    if (message.kind === 'cancel') {
      running.get(message.id)?.abort(new Error('cancelled by the caller'));
      return;
    }
    for (const notice of message.notices) onNotice(notice);
    if (message.kind === 'call') void answer(message.call);
  });
}
