import type { MessagePort, Transferable } from 'node:worker_threads';
import { type FromWorker, PendingCalls, type ToWorker } from './pending_calls.ts';

/** Calls to whoever answers at the other end of a port with `serveCalls`. */
export interface PortCalls<Request, Response, Notice> {
  /** Asks; buffers in `transfer` are moved instead of copied. Rejects with the error of the other side. */
  call(request: Request, transfer?: readonly Transferable[]): Promise<Response>;
  /** Tells something; nothing comes back. Calls and notices arrive in the order they were made. */
  notify(notice: Notice): void;
}

/** The way from a worker to the thread that started it. The port does not keep the thread alive. */
export function callsOver<Request, Response, Notice>(port: MessagePort): PortCalls<Request, Response, Notice> {
  const pending = new PendingCalls<Response>();
  const post = (message: ToWorker<Request, Notice>, transfer: readonly Transferable[]): void =>
    port.postMessage(message, [...transfer]);
  port.on('message', (message: FromWorker<Response>) => pending.receive(message));
  return {
    call(request, transfer = []) {
      const { id, answer } = pending.begin(() => undefined, undefined);
      post({ kind: 'call', call: { id, request }, notices: [] }, transfer);
      return answer;
    },
    notify: (notice) => post({ kind: 'notices', notices: [notice] }, []),
  };
}
