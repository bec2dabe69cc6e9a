import type { Clock } from '../base/clock.ts';
import { type Outbound, OutboundError } from '../base/outbound.ts';

export interface LinkCheckOptions {
  readonly outbound: Pick<Outbound, 'send'>;
  readonly clock: Clock;
  /** Every address that somebody may need to open. */
  readonly addresses: () => ReadonlySet<string>;
  /** Called after each answer. */
  readonly asked: (opens: boolean) => void;
}

/** Whether addresses elsewhere open, asked before anybody needs them. */
export interface LinkCheck {
  /** Undefined where it was not asked yet; empty where it opens, else why not. */
  known(address: string): string | undefined;
  /** Asks when nothing fresh is known. Empty when the address opens, else why not; never rejects. */
  opens(address: string): Promise<string>;
  /** When the last round ended, ms since the epoch; undefined before the first. */
  checkedMs(): number | undefined;
  /** Rounds on or off. */
  schedule(isOn: boolean): void;
}

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;
/** How long it is believed that an address opens, and that it does not. */
const KEPT_MS = { opens: 60 * 60_000, dead: 10 * 60_000 } as const;
const ROUND_MS = 60_000;
/** A server that has just started has more important things to do. */
const FIRST_MS = 15_000;
const AT_ONCE = 4;
const MOST = 5_000;
/** There, but not for everybody, not like this, or not so often. */
const THERE_ALL_THE_SAME: ReadonlySet<number> = new Set([401, 403, 405, 406, 429]);

/** Addresses are the operator's own: they stand in runbooks and rule files. */
export function createLinkCheck({ outbound, clock, addresses, asked }: LinkCheckOptions): LinkCheck {
  const known = new Map<string, { readonly atMs: number; readonly error: string }>();
  const asking = new Map<string, Promise<string>>();
  let checkedMs: number | undefined;
  let cancel = (): void => undefined;
  const isFresh = (address: string): boolean => {
    const before = known.get(address);
    return before !== undefined && clock.nowMs() - before.atMs < (before.error === '' ? KEPT_MS.opens : KEPT_MS.dead);
  };
  const answerOf = async (address: string): Promise<string> => {
    try {
      const { status } = await outbound.send(address, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
      return status < 400 || THERE_ALL_THE_SAME.has(status) ? '' : `it answers ${status}`;
    } catch (error) {
      if (!(error instanceof OutboundError)) return error instanceof Error ? error.message : String(error);
      return error.kind === 'too-large' ? '' : error.message;
    }
  };
  const ask = (address: string): Promise<string> => {
    let answer = asking.get(address);
    if (answer === undefined) {
      answer = answerOf(address).then((error) => {
        asking.delete(address);
        known.delete(address);
        known.set(address, { atMs: clock.nowMs(), error });
        const [oldest] = known.keys();
        if (known.size > MOST && oldest !== undefined) known.delete(oldest);
        asked(error === '');
        return error;
      });
      asking.set(address, answer);
    }
    return answer;
  };
  const round = async (): Promise<void> => {
    const wanted = addresses();
    for (const address of known.keys()) if (!wanted.has(address) && !isFresh(address)) known.delete(address);
    const due = [...wanted].slice(0, MOST).filter((address) => !isFresh(address));
    const next = async (): Promise<void> => {
      for (let address = due.pop(); address !== undefined; address = due.pop()) await ask(address);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    checkedMs = clock.nowMs();
  };
  const after = (waitMs: number): void => {
    cancel = clock.at(clock.nowMs() + waitMs, () => {
      let isOn = true;
      cancel = () => {
        isOn = false;
      };
      void round().then(() => isOn && after(ROUND_MS));
    });
  };
  return {
    known: (address) => known.get(address)?.error,
    opens: async (address) => (isFresh(address) ? (known.get(address)?.error ?? '') : ask(address)),
    checkedMs: () => checkedMs,
    schedule(isOn) {
      cancel();
      cancel = () => undefined;
      if (isOn) after(FIRST_MS);
    },
  };
}
