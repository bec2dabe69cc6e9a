import type { Day } from '../model/units.ts';

const MS_PER_DAY = 86_400_000;
/** Days a bit mask spans: fifteen back and sixteen ahead of today. */
const SPAN = 32;
const DAYS_BACK = 15;

/** For which days the row of a series is known to be stored: one bit a day and series. */
export class WrittenDays {
  #masks = new Uint32Array(1024);
  #today = 0;

  /** Moves the window to the day of `nowMs`; bits of days that come into it are cleared. */
  setNow(nowMs: number, references: number): void {
    const today = Math.floor(nowMs / MS_PER_DAY);
    if (today === this.#today) return;
    let keep = 0;
    const oldest = Math.max(today, this.#today) - DAYS_BACK;
    const newest = Math.min(today, this.#today) + SPAN - DAYS_BACK - 1;
    for (let day = oldest; day <= newest; day++) keep |= 1 << (day & (SPAN - 1));
    this.#today = today;
    const end = Math.min(references, this.#masks.length);
    for (let reference = 0; reference < end; reference++) {
      this.#masks[reference] = (this.#masks[reference] as number) & keep;
    }
  }

  /** Forgets what is known of a reference and makes room for it. */
  clear(reference: number): void {
    if (reference >= this.#masks.length) {
      const masks = new Uint32Array(Math.ceil((reference + 1) * 1.25));
      masks.set(this.#masks);
      this.#masks = masks;
    }
    this.#masks[reference] = 0;
  }

  /** Nothing is known to be stored any more. */
  clearAll(): void {
    this.#masks.fill(0);
  }

  /** Those of the references whose row is not known to be stored for the day; days outside the window never are. */
  unwritten(references: Int32Array, day: Day): Int32Array<ArrayBuffer> {
    const bit = this.#bit(day);
    if (bit === 0) return Int32Array.from(references);
    const found = new Int32Array(references.length);
    let count = 0;
    for (let i = 0; i < references.length; i++) {
      const reference = references[i] as number;
      if (((this.#masks[reference] as number) & bit) === 0) found[count++] = reference;
    }
    return found.slice(0, count);
  }

  mark(references: Int32Array, day: Day): void {
    const bit = this.#bit(day);
    if (bit === 0) return;
    for (let i = 0; i < references.length; i++) {
      const reference = references[i] as number;
      this.#masks[reference] = (this.#masks[reference] as number) | bit;
    }
  }

  /** The day's bit, 0 when it lies outside the window. */
  #bit(day: Day): number {
    const number = Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100) / MS_PER_DAY;
    const ahead = number - this.#today + DAYS_BACK;
    return ahead >= 0 && ahead < SPAN ? 1 << (number & (SPAN - 1)) : 0;
  }
}
