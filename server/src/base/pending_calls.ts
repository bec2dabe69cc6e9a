/** Notices come first: they were made before the call. */
export type ToWorker<Request, Notice> =
  | {
      readonly kind: 'call';
      readonly call: { readonly id: number; readonly request: Request };
      readonly notices: readonly Notice[];
    }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'notices'; readonly notices: readonly Notice[] };

export type FromWorker<Response> =
  | { readonly kind: 'answer'; readonly id: number; readonly value: Response }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string; readonly stack: string };

/** Calls into another thread that are not answered yet. */
export class PendingCalls<Response> {
  readonly #waiting = new Map<number, { resolve: (value: Response) => void; reject: (error: Error) => void }>();
  #nextId = 1;

  get size(): number {
    return this.#waiting.size;
  }

  /** A new call; `cancel` is called with its id when the signal aborts before the answer is there. */
  begin(
    cancel: (id: number) => void,
    signal: AbortSignal | undefined,
  ): { readonly id: number; readonly answer: Promise<Response> } {
    const id = this.#nextId++;
    const aborted = (): void => cancel(id);
    signal?.addEventListener('abort', aborted, { once: true });
    const answer = new Promise<Response>((resolve, reject) => {
      const settle = (): void => signal?.removeEventListener('abort', aborted);
      this.#waiting.set(id, {
        resolve: (value) => {
          settle();
          resolve(value);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
    });
    return { id, answer };
  }

  /** Settles the call a message answers; one that is not waited for any more is passed over. */
  receive(message: FromWorker<Response>): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting.resolve(message.value);
    else {
      const error = new Error(message.message);
      error.stack = message.stack;
      waiting.reject(error);
    }
  }

  failAll(error: Error): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}
