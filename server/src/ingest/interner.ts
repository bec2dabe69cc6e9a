import type { Interner } from '../model/ingest.ts';
import { decodeLabelBytes, encodeLabelBytes, LABEL_BYTES_VARIANT, labelBytesBound } from '../model/label_bytes.ts';
import type { Labels } from '../model/labels.ts';
import type { Day } from '../model/units.ts';
import { KeyTable } from './key_table.ts';
import { seriesId } from './series_id.ts';
import { WrittenDays } from './written_days.ts';

export interface InternerOptions {
  /** What ids sort by: the metric name of series, the service of log streams. */
  readonly prefixOf: (labels: Labels) => string;
  /** Active series (or streams) allowed; beyond it new ones are refused and known ones keep flowing. */
  readonly limit: number;
  /** A series unused for this long frees its place, at the latest after twice as long. Default one hour. */
  readonly activityMs?: number;
}

/** What the ingest pipeline adds to {@link Interner}: request bounds, daily rows, figures. */
export interface SeriesRegistry extends Interner {
  /** Call before each request: forgets which series the last one used, and lets idle series go. */
  beginRequest(nowMs: number): void;
  /**
   * References the current request used whose row is not known to be stored for that day. To be asked once per day the
   * request's sections hold; the rows travel in the same log record as the samples.
   */
  takeUnwritten(day: Day): Int32Array<ArrayBuffer>;
  /** Call only after the log has acknowledged the rows; otherwise they come again with the next request. */
  markWritten(references: Int32Array, day: Day): void;
  /** Rows may have been deleted from the store: each comes again with the next request that uses its series. */
  forgetWritten(): void;
  /** Series counted against the limit. */
  readonly active: number;
  /** Memory held, in bytes. */
  readonly bytes: number;
}

const SERIES_LIMIT = -2;
const DEFAULT_ACTIVITY_MS = 3_600_000;
/** Encodings remembered; a sender that writes the same labels in ever new ways only loses the short cut. */
const KEYS_PER_SERIES = 4;
const SPARE_KEYS = 1024;

/**
 * Known series of one tenant. Keys are byte strings in one table: the label bytes of the set itself, and any other bytes
 * doors have seen for it. Idle series lose their keys but never their reference's number.
 * Two label sets with one id are told apart by a salt; that holds within a process (the odds of needing it at all are
 * about 1 in 10^4 for 200,000 series of one metric name).
 */
export class SeriesInterner implements SeriesRegistry {
  idHigh: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  idLow: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  readonly #options: InternerOptions;
  readonly #days = new WrittenDays();
  #keys = new KeyTable();
  /** Entry in #keys of a reference's label bytes, -1 once it was let go. */
  #entries = new Int32Array(1024);
  #period = new Int32Array(1024);
  #request = new Int32Array(1024);
  #references = 0;
  #active = 0;
  #idSlots = new Int32Array(4096);
  #currentRequest = 0;
  #currentPeriod = 0;
  #periodStart = Number.NEGATIVE_INFINITY;
  #touched = new Int32Array(1024);
  #touchedCount = 0;
  #scratch: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(16_384);

  constructor(options: InternerOptions) {
    this.#options = options;
  }

  get active(): number {
    return this.#active;
  }

  get bytes(): number {
    return this.#keys.bytes + this.#idSlots.byteLength + this.idHigh.length * 28;
  }

  find(bytes: Uint8Array, start: number, end: number, variant: number): number {
    const entry = this.#keys.find(bytes, start, end, variant);
    if (entry < 0) return -1;
    const reference = this.#keys.value(entry);
    this.#touch(reference);
    return reference;
  }

  add(bytes: Uint8Array, start: number, end: number, variant: number, labels: Labels): number {
    const reference = this.intern(labels);
    if (reference < 0) return reference;
    const room = this.#keys.count < this.#active * KEYS_PER_SERIES + SPARE_KEYS;
    if (room && this.#keys.find(bytes, start, end, variant) < 0) {
      this.#keys.insert(bytes, start, end, variant, reference);
    }
    return reference;
  }

  intern(labels: Labels): number {
    const bound = labelBytesBound(labels);
    if (bound > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(bound * 2);
    const end = encodeLabelBytes(labels, this.#scratch, 0);
    const known = this.find(this.#scratch, 0, end, LABEL_BYTES_VARIANT);
    if (known >= 0) return known;
    if (this.#active >= this.#options.limit) return SERIES_LIMIT;
    return this.#create(end, this.#options.prefixOf(labels));
  }

  labels(reference: number): Labels {
    const entry = this.#entries[reference] ?? -1;
    if (entry < 0 || reference >= this.#references) throw new RangeError(`series reference ${reference} is not in use`);
    const start = this.#keys.start(entry);
    return decodeLabelBytes(this.#keys.arena, start, start + this.#keys.length(entry));
  }

  beginRequest(nowMs: number): void {
    this.#touchedCount = 0;
    this.#currentRequest = (this.#currentRequest + 1) | 0;
    this.#days.setNow(nowMs, this.#references);
    if (nowMs - this.#periodStart < (this.#options.activityMs ?? DEFAULT_ACTIVITY_MS)) return;
    this.#periodStart = nowMs;
    this.#currentPeriod++;
    this.#dropIdle();
  }

  takeUnwritten(day: Day): Int32Array<ArrayBuffer> {
    return this.#days.unwritten(this.#touched.subarray(0, this.#touchedCount), day);
  }

  markWritten(references: Int32Array, day: Day): void {
    this.#days.mark(references, day);
  }

  forgetWritten(): void {
    this.#days.clearAll();
  }

  #touch(reference: number): void {
    if (this.#request[reference] === this.#currentRequest) return;
    this.#request[reference] = this.#currentRequest;
    this.#period[reference] = this.#currentPeriod;
    if (this.#touchedCount === this.#touched.length) {
      this.#touched = grown(this.#touched, new Int32Array(this.#touched.length * 2));
    }
    this.#touched[this.#touchedCount++] = reference;
  }

  /** Gives the label bytes at the start of the scratch buffer a reference and an id no other active series has. */
  #create(end: number, prefix: string): number {
    const reference = this.#references++;
    this.#reserve();
    for (let salt = 0; ; salt++) {
      const id = seriesId(prefix, this.#scratch, 0, end, salt);
      if ((id.high === 0 && id.low === 0) || this.#holderOf(id.high, id.low) >= 0) continue;
      this.idHigh[reference] = id.high;
      this.idLow[reference] = id.low;
      break;
    }
    this.#active++;
    this.#placeId(reference);
    this.#entries[reference] = this.#keys.insert(this.#scratch, 0, end, LABEL_BYTES_VARIANT, reference);
    this.#request[reference] = this.#currentRequest - 1;
    this.#days.clear(reference);
    this.#touch(reference);
    return reference;
  }

  #reserve(): void {
    if (this.#references > this.idHigh.length) {
      const capacity = Math.ceil(this.#references * 1.25);
      this.idHigh = grown(this.idHigh, new Uint32Array(capacity));
      this.idLow = grown(this.idLow, new Uint32Array(capacity));
      this.#entries = grown(this.#entries, new Int32Array(capacity));
      this.#period = grown(this.#period, new Int32Array(capacity));
      this.#request = grown(this.#request, new Int32Array(capacity));
    }
    if ((this.#active + 1) * 2 <= this.#idSlots.length) return;
    this.#idSlots = new Int32Array(this.#idSlots.length * 2);
    for (let reference = 0; reference < this.#references - 1; reference++) {
      if ((this.#entries[reference] as number) >= 0) this.#placeId(reference);
    }
  }

  #holderOf(high: number, low: number): number {
    const mask = this.#idSlots.length - 1;
    for (let slot = (low ^ high) & mask; ; slot = (slot + 1) & mask) {
      const reference = (this.#idSlots[slot] as number) - 1;
      if (reference < 0) return -1;
      if (this.idHigh[reference] === high && this.idLow[reference] === low) return reference;
    }
  }

  #placeId(reference: number): void {
    const mask = this.#idSlots.length - 1;
    let slot = ((this.idLow[reference] as number) ^ (this.idHigh[reference] as number)) & mask;
    while (this.#idSlots[slot] !== 0) slot = (slot + 1) & mask;
    this.#idSlots[slot] = reference + 1;
  }

  /** Rebuilds the tables with the series used in this period or the last; nothing happens when all were. */
  #dropIdle(): void {
    const oldest = this.#currentPeriod - 1;
    let idle = 0;
    for (let reference = 0; reference < this.#references; reference++) {
      if ((this.#entries[reference] as number) >= 0 && (this.#period[reference] as number) < oldest) {
        this.#entries[reference] = -1;
        idle++;
      }
    }
    if (idle === 0) return;
    this.#active -= idle;
    const old = this.#keys;
    this.#keys = new KeyTable();
    for (let entry = 0; entry < old.count; entry++) {
      const reference = old.value(entry);
      if ((this.#entries[reference] as number) < 0) continue;
      const start = old.start(entry);
      const variant = old.variant(entry);
      const moved = this.#keys.insert(old.arena, start, start + old.length(entry), variant, reference);
      if (this.#entries[reference] === entry) this.#entries[reference] = moved;
    }
    this.#idSlots.fill(0);
    for (let reference = 0; reference < this.#references; reference++) {
      if ((this.#entries[reference] as number) >= 0) this.#placeId(reference);
    }
  }
}

function grown<T extends Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(from: T, to: T): T {
  to.set(from);
  return to;
}
