/** Ships log lines as Fluent Bit's `loki` output does: JSON push, a few labels, the line as the container wrote it. */
export interface LokiShipper {
  /** Takes one line; `level` becomes a label. Never blocks; what does not fit is dropped and counted. */
  send(line: string, level: string): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

export interface LokiShipperOptions {
  readonly trilithUrl: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Entry {
  readonly timeNs: string;
  readonly line: string;
  readonly level: string;
}

const FLUSH_MS = 500;
const BATCH = 500;
const QUEUE = 10_000;
const TIMEOUT_MS = 5_000;

/** Lines wait in memory while Trilith is away, up to a bound. */
export function createLokiShipper({ trilithUrl, labels }: LokiShipperOptions): LokiShipper {
  let queue: Entry[] = [];
  let sequence = 0;
  let dropped = 0;
  let sending: Promise<void> = Promise.resolve();

  const push = async (entries: readonly Entry[]): Promise<boolean> => {
    const streams = new Map<string, [string, string][]>();
    for (const { timeNs, line, level } of entries) {
      const values = streams.get(level) ?? [];
      values.push([timeNs, line]);
      streams.set(level, values);
    }
    const body = JSON.stringify({
      streams: [...streams].map(([level, values]) => ({ stream: { ...labels, level, job: 'fluent-bit' }, values })),
    });
    try {
      const response = await fetch(`${trilithUrl}/loki/api/v1/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.arrayBuffer();
      // As Fluent Bit: 5xx and 429 are tried again, other refusals are final.
      return response.status < 500 && response.status !== 429;
    } catch {
      // Not reachable now; the lines stay in the queue.
      return false;
    }
  };

  const flush = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, BATCH);
      if (!(await push(batch))) return;
      queue = queue.slice(batch.length);
    }
  };
  const timer = setInterval(() => {
    sending = sending.then(flush);
  }, FLUSH_MS);
  timer.unref();

  return {
    send(line, level) {
      if (queue.length >= QUEUE) {
        dropped++;
        return;
      }
      // Microseconds of one millisecond are counted up, so that lines keep their order.
      sequence = (sequence + 1) % 1_000;
      queue.push({ timeNs: `${Date.now()}${String(sequence).padStart(3, '0')}000`, line, level });
    },
    async close() {
      clearInterval(timer);
      await sending;
      await flush();
      if (dropped > 0) process.stderr.write(`${labels.service}: ${dropped} log lines did not fit the queue\n`);
    },
  };
}
