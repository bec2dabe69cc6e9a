import { useState } from 'react';
import { useToast } from '../app/Toasts.tsx';
import { toFailure } from './useAnswer.ts';

export interface Action {
  /** True while the request is under way: buttons are off then. */
  readonly busy: boolean;
  /** Sends a request and goes on with its answer; a refusal is shown as a toast. */
  readonly run: <T>(send: () => Promise<T>, done: (answer: T) => void) => void;
}

/** Something that changes the server's state at a click. */
export function useAction(): Action {
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  return {
    busy,
    run: (send, done) => {
      setBusy(true);
      send()
        .then(done, (error: unknown) => toast(toFailure(error).message, 'failed'))
        .finally(() => setBusy(false));
    },
  };
}
