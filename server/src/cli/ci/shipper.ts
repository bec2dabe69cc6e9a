import { setTimeout as pause } from 'node:timers/promises';

/** A line of a job's output on its way. */
export interface ShippedLine {
  /** ns since the epoch. */
  readonly timeNs: bigint;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface ShipperOptions {
  /** Sends a body; true when it is stored, false when it never will be. Rejects when trying again makes sense. */
  readonly send: (body: string) => Promise<boolean>;
  readonly labels: Readonly<Record<string, string>>;
  /** Text that is held while it cannot be sent, characters; beyond it the newest lines are left out and counted. */
  readonly spoolCharacters?: number;
  /** ms; doubles up to `maxPauseMs`. */
  readonly firstPauseMs?: number;
  readonly maxPauseMs?: number;
}

export interface Shipper {
  add(line: ShippedLine): void;
  /** Sends what is left, for so long, ms; then how many lines were not stored, and the last reason. */
  finish(graceMs: number): Promise<{ readonly lost: number; readonly reason: string }>;
}

const SPOOL_CHARACTERS = 32 * 1024 * 1024;
const BATCH_CHARACTERS = 512 * 1024;
/** Lines are collected for so long before they are sent, ms. */
const COLLECT_MS = 500;
/** What a line takes beside its text, about. */
const LINE_OVERHEAD = 100;

/** Sends lines in the background, in order, as Loki's push; never in the way of the job. */
export function createShipper(options: ShipperOptions): Shipper {
  const { send, labels, spoolCharacters = SPOOL_CHARACTERS, firstPauseMs = 500, maxPauseMs = 10_000 } = options;
  const waiting: ShippedLine[] = [];
  const stop = new AbortController();
  let held = 0;
  let lost = 0;
  let reason = '';
  let finishing = false;
  let running: Promise<void> | undefined;

  const takeBatch = (): ShippedLine[] => {
    const batch: ShippedLine[] = [];
    for (let size = 0; waiting.length > batch.length && size < BATCH_CHARACTERS; ) {
      const line = waiting[batch.length];
      if (line === undefined) break;
      size += line.text.length + LINE_OVERHEAD;
      batch.push(line);
    }
    return batch;
  };
  const drop = (batch: readonly ShippedLine[]): void => {
    waiting.splice(0, batch.length);
    for (const { text } of batch) held -= text.length + LINE_OVERHEAD;
  };
  const sendAll = async (): Promise<void> => {
    let wait = firstPauseMs;
    while (waiting.length > 0 && !stop.signal.aborted) {
      const batch = takeBatch();
      try {
        if (!(await send(bodyOf(labels, batch)))) lost += batch.length;
        drop(batch);
        wait = firstPauseMs;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
        // Cut short when the time to finish is over.
        await pause(wait, undefined, { signal: stop.signal }).catch(() => undefined);
        wait = Math.min(maxPauseMs, wait * 2);
      }
    }
  };
  const start = (): void => {
    running ??= pause(finishing ? 0 : COLLECT_MS)
      .then(sendAll)
      .finally(() => {
        running = undefined;
        if (waiting.length > 0 && !stop.signal.aborted) start();
      });
  };
  return {
    add(line) {
      const size = line.text.length + LINE_OVERHEAD;
      if (held + size > spoolCharacters) {
        lost++;
        return;
      }
      held += size;
      waiting.push(line);
      start();
    },
    async finish(graceMs) {
      finishing = true;
      const timer = setTimeout(() => stop.abort(), graceMs);
      while (running !== undefined && !stop.signal.aborted) await running;
      clearTimeout(timer);
      return { lost: lost + waiting.length, reason };
    },
  };
}

/** A Loki push of one stream. */
function bodyOf(labels: Readonly<Record<string, string>>, lines: readonly ShippedLine[]): string {
  const values = lines.map(({ timeNs, text, attributes }) => [String(timeNs), text, attributes]);
  return JSON.stringify({ streams: [{ stream: labels, values }] });
}
