/** Memory that counts once what the store had before is known. */
export interface RecentMemory {
  readonly forcedEvictions: number;
  loadedBefore(cameMs: number): void;
  /** @param newestNs the latest record of the store, ns since the epoch; undefined when it has none */
  attach(sinceMs: number, newestNs: bigint | undefined): void;
  reset(): void;
}

export interface AttachmentOptions {
  /** The time of the latest record of the store, ns since the epoch; undefined when it has none. */
  readonly readNewestNs: () => Promise<bigint | undefined>;
  /** Wall clock, ms. */
  readonly nowMs: () => number;
  /** Called with what went wrong while reading from the store; the store is asked again. */
  readonly onError: (error: unknown) => void;
  /** First pause after the store failed, ms. */
  readonly retryMs?: number;
  /** Brings back what memory had before, until it is not wanted any more; rejects never. */
  readonly fill: (isWanted: () => boolean) => Promise<void>;
}

/** How memory begins: everything that was acknowledged before is in the store by then. */
export interface Attachment {
  /** Ends when memory counts and was filled as far as it may be, or was reset meanwhile. */
  attach(): Promise<void>;
  /** Forgets everything until it is attached again. */
  reset(): void;
}

const DEFAULT_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

export function createAttachment(memory: RecentMemory, options: AttachmentOptions): Attachment {
  let generation = 0;
  return {
    async attach() {
      const mine = ++generation;
      const sinceMs = options.nowMs();
      for (let pause = options.retryMs ?? DEFAULT_RETRY_MS; mine === generation; pause *= 2) {
        try {
          const newestNs = await options.readNewestNs();
          if (mine !== generation) return;
          memory.attach(sinceMs, newestNs);
          break;
        } catch (error) {
          if (mine !== generation) return;
          options.onError(error);
          await new Promise((resolve) => setTimeout(resolve, Math.min(pause, LONGEST_RETRY_MS)).unref());
        }
      }
      const isWanted = (): boolean => mine === generation;
      if (isWanted()) await options.fill(isWanted);
    },
    reset() {
      generation++;
      memory.reset();
    },
  };
}
