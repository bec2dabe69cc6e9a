import type { LogExpr } from '@trilith/lang/logql';
import { compileLineFilter, type LineTest } from '../logql/line_filter.ts';
import { compilePipeline, type Pipeline } from '../logql/pipeline.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';
import { type LogLineView, lineView } from '../logs/line_view.ts';
import type { LiveBatch } from './live_batch.ts';
import { compileRecordTest, type RecordTest } from './record_test.ts';

/** What a query makes of a batch, as far as somebody has asked. */
interface Found {
  readonly rows: readonly number[];
  /** By row; null: a stage drops it. */
  readonly views: Map<number, LogLineView | null>;
}

/** A log query over records on their way to the store, evaluated once however many tails ask it. */
export class LiveQuery {
  readonly log: LogExpr;
  readonly #selector: RecordTest;
  readonly #lineTests: readonly LineTest[];
  readonly #pipeline: Pipeline;
  readonly #found = new WeakMap<LiveBatch, Found>();

  /** @throws LogqlError for patterns that cannot be compiled */
  constructor(log: LogExpr, index: Pick<LogStreamIndex, 'hasLabel'>) {
    const { stages, matchers } = log;
    const other = stages.findIndex(({ kind }) => kind !== 'line_filter');
    const leading = other < 0 ? stages : stages.slice(0, other);
    this.log = log;
    this.#selector = compileRecordTest(matchers, index);
    this.#lineTests = leading.flatMap((stage) => (stage.kind === 'line_filter' ? [compileLineFilter(stage)] : []));
    this.#pipeline = compilePipeline(stages.slice(leading.length));
  }

  /** The rows that the selector and the line filters in front let through: what is left to do is `view`. */
  candidates(live: LiveBatch): readonly number[] {
    return this.#of(live).rows;
  }

  /** A candidate as it is shown; null when a later stage drops it. */
  view(live: LiveBatch, row: number): LogLineView | null {
    const { views } = this.#of(live);
    let view = views.get(row);
    if (view === undefined) {
      view = this.#evaluate(live, row);
      views.set(row, view);
    }
    return view;
  }

  #of(live: LiveBatch): Found {
    let found = this.#found.get(live);
    if (found === undefined) {
      found = { rows: this.#select(live), views: new Map() };
      this.#found.set(live, found);
    }
    return found;
  }

  #select(live: LiveBatch): number[] {
    const { batch, streamIds } = live;
    const rows: number[] = [];
    for (let row = 0; row < batch.rows; row++) {
      if (!this.#selector.matches(batch, streamIds[row] ?? 0n, row)) continue;
      if (this.#lineTests.length > 0) {
        const text = live.line(row);
        if (!this.#lineTests.every((test) => test(text))) continue;
      }
      rows.push(row);
    }
    return rows;
  }

  #evaluate(live: LiveBatch, row: number): LogLineView | null {
    const { batch, streamIds } = live;
    const stream = batch.stream(row);
    const timeNs = batch.times[row] ?? 0n;
    const result = this.#pipeline.run(stream, batch.metadata(row), live.line(row), timeNs, batch.virtual(row));
    return result === undefined ? null : lineView(result, stream, streamIds[row] ?? 0n, batch.identity(row));
  }
}
