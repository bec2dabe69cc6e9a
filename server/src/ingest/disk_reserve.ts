import type { DiskSpace, Files } from '../base/files.ts';
import type { LogLimits } from './limits.ts';

/**
 * Refuses appends before the disk is full, so that the engine, queries and state always have room. Looks at the disk
 * once a second; in between, what was let in since the last look counts twice (the engine stores it, too).
 */
export class DiskReserve {
  readonly #files: Files;
  readonly #directory: string;
  readonly #limits: Pick<LogLimits, 'freeBytes' | 'freeRatio' | 'ratioCapBytes'>;
  #space: DiskSpace = { freeBytes: 0, totalBytes: 1 };
  #sinceLook = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  /** Looks that failed; the last known figures are used meanwhile. */
  failures = 0;

  constructor(files: Files, directory: string, limits: Pick<LogLimits, 'freeBytes' | 'freeRatio' | 'ratioCapBytes'>) {
    this.#files = files;
    this.#directory = directory;
    this.#limits = limits;
  }

  /** Takes the first look and keeps looking every `intervalMs` until `stop`. */
  async start(intervalMs = 1000): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => void this.look(), intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get freeRatio(): number {
    return this.#space.freeBytes / Math.max(1, this.#space.totalBytes);
  }

  /** Bytes that may still come in before the floor. */
  get headroomBytes(): number {
    const { freeBytes, freeRatio, ratioCapBytes } = this.#limits;
    const floor = Math.max(freeBytes, Math.min(this.#space.totalBytes * freeRatio, ratioCapBytes));
    return this.#space.freeBytes - floor - 2 * this.#sinceLook;
  }

  /** True when `bytes` may come in; they count from then on. */
  admit(bytes: number): boolean {
    if (this.headroomBytes < bytes) return false;
    this.#sinceLook += bytes;
    return true;
  }

  /** Looks at the disk now; calls at the same time share one look. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#statfs().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #statfs(): Promise<void> {
    const counted = this.#sinceLook;
    try {
      this.#space = await this.#files.space(this.#directory);
      this.#sinceLook -= counted;
    } catch {
      // The last figures and everything let in since keep counting, so this errs on the refusing side.
      this.failures++;
    }
  }
}
