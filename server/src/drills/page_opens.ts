import { type Outbound, OutboundError } from '../base/outbound.ts';

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 256 * 1024;
/** How long an answer is believed. */
const KEPT_MS = 10 * 60_000;
const MOST = 1_000;

/** Says whether pages open; asks each at most every ten minutes. Empty when it does, else why not; never rejects. */
export function createPageCheck(
  outbound: Pick<Outbound, 'send'>,
  nowMs: () => number,
): (address: string) => Promise<string> {
  const known = new Map<string, { readonly atMs: number; readonly answer: Promise<string> }>();
  const ask = async (address: string): Promise<string> => {
    try {
      const { status } = await outbound.send(address, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
      // Who may read it is not the question: that it is there is.
      return status < 400 || status === 401 || status === 403 ? '' : `it answers ${status}`;
    } catch (error) {
      if (!(error instanceof OutboundError)) return error instanceof Error ? error.message : String(error);
      return error.kind === 'too-large' ? '' : error.message;
    }
  };
  return (address) => {
    const before = known.get(address);
    if (before !== undefined && nowMs() - before.atMs < KEPT_MS) return before.answer;
    const answer = ask(address);
    known.delete(address);
    known.set(address, { atMs: nowMs(), answer });
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    return answer;
  };
}
