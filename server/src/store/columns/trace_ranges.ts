import { viewOfBytes } from '../../base/byte_strings.ts';
import type { Section } from '../../model/section.ts';
import { type Day, dayOf } from '../../model/units.ts';
import type { Column } from '../native/columns.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { Uint32Builder } from './growable.ts';
import { appendHex } from './ids.ts';
import { KeyTable } from './key_table.ts';
import { TextBuilder } from './text_builder.ts';

/** When the traces of one request began and ended, and what their spans have nothing of: one row of `otel_traces_trace_id_ts` per trace. */
export class TraceRangeBuilder {
  private readonly traces = new KeyTable();
  private starts = new Float64Array(64);
  private ends = new Float64Array(64);
  private lacks = new Uint8Array(64);

  /**
   * Notes a span of the trace with this binary id at bytes [start, end); times in ms since the epoch.
   * @param lacks what it has nothing of (SPAN_PARTS)
   */
  note(bytes: Uint8Array, start: number, end: number, startMs: number, endMs: number, lacks: number): void {
    const known = this.traces.size;
    const index = this.traces.indexOf(viewOfBytes(bytes), start, end);
    if (index === known) {
      if (index >= this.starts.length) this.grow();
      this.starts[index] = startMs;
      this.ends[index] = endMs;
      this.lacks[index] = lacks;
      return;
    }
    if (startMs < (this.starts[index] as number)) this.starts[index] = startMs;
    if (endMs > (this.ends[index] as number)) this.ends[index] = endMs;
    this.lacks[index] = (this.lacks[index] as number) & lacks;
  }

  /**
   * The rows, by the UTC day a trace's first span of this request began. Times are rounded outwards to seconds.
   * @param kept ids of the traces that are stored; undefined: all
   */
  sections(kept?: ReadonlySet<string>): Section[] {
    const byDay = new Map<Day, number[]>();
    for (let index = 0; index < this.traces.size; index++) {
      if (kept !== undefined && !kept.has(this.hexId(index))) continue;
      const day = dayOf(this.starts[index] as number);
      const list = byDay.get(day);
      if (list === undefined) byDay.set(day, [index]);
      else list.push(index);
    }
    return [...byDay].map(([day, indexes]) => this.section(day, indexes));
  }

  private hexId(index: number): string {
    const { keys } = this.traces;
    return Buffer.from(keys.bytes.subarray(keys.start(index), keys.start(index + 1))).toString('hex');
  }

  private section(day: Day, indexes: readonly number[]): Section {
    const rows = indexes.length;
    const { keys } = this.traces;
    const ids = new TextBuilder(rows * 32, rows);
    const starts = new Uint32Builder(rows);
    const ends = new Uint32Builder(rows);
    for (const index of indexes) {
      appendHex(ids, keys.bytes, keys.start(index), keys.start(index + 1));
      starts.append(Math.floor((this.starts[index] as number) / 1000));
      ends.append(Math.min(0xffff_ffff, Math.ceil((this.ends[index] as number) / 1000)));
    }
    const lacks: Column = { kind: 'number', values: Uint8Array.from(indexes, (index) => this.lacks[index] as number) };
    const columns = [ids.column(), starts.column(), ends.column(), lacks];
    const block = encodeBlock(TABLES.otel_traces_trace_id_ts, columns, rows, { omitLast: true });
    return { table: 'otel_traces_trace_id_ts', partition: day, rows, block };
  }

  private grow(): void {
    const starts = new Float64Array(this.starts.length * 2);
    starts.set(this.starts);
    this.starts = starts;
    const ends = new Float64Array(this.ends.length * 2);
    ends.set(this.ends);
    this.ends = ends;
    const lacks = new Uint8Array(this.lacks.length * 2);
    lacks.set(this.lacks);
    this.lacks = lacks;
  }
}
