/**
 * Crash points for durability tests: `TRILITH_FAULT=wal.afterWrite:3` kills this process (SIGKILL, nothing is flushed)
 * the third time it passes the point of that name. Unset, which is always so in production, a point costs one comparison.
 */
const [armedPoint = '', armedCount = '1'] = (process.env.TRILITH_FAULT ?? '').split(':');
let remaining = Number(armedCount);

/** Points on the way of what is stored; the crash test goes through all of them. */
export const CRASH_POINTS = [
  'wal.beforeWrite',
  'wal.halfWrite',
  'wal.afterWrite',
  'wal.afterSync',
  'wal.afterAck',
  'wal.segmentCreated',
  'wal.beforeRemove',
  'loader.beforeInsert',
  'loader.afterInsert',
  'loader.afterBatch',
  'checkpoint.beforeRename',
  'checkpoint.afterRename',
  'replay.batch',
  'recovery.scanned',
] as const;

/** `alerting.decided`: a notification is on disk as decided, and nothing of it was sent; the test of delivery goes through it. */
export type CrashPoint = (typeof CRASH_POINTS)[number] | 'alerting.decided';

/** True when the point is armed and due; the caller prepares the half-done state and calls `crashNow`. */
export function crashDue(point: CrashPoint): boolean {
  return armedPoint === point && --remaining === 0;
}

export function crashNow(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** Passes a crash point. */
export function crashPoint(point: CrashPoint): void {
  if (armedPoint !== '' && crashDue(point)) crashNow();
}
