import type { Stage } from '@trilith/lang/logql';
import { compileLineFilter, type LineTest } from '../logql/line_filter.ts';
import type { LogBatch, LogSelection, NewestRecords } from '../logql/source.ts';
import { batchOf, type StoredBatch } from '../logql/store_source.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';
import { compileRecordTest } from '../tail/record_test.ts';
import type { LogArrival, RecentLogs } from './recent_logs.ts';

/** Records looked at for one query: what is rare is found sooner by the store's indexes than by looking. */
const MOST_ROWS = 20_000;
/** When each is asked for its fields, too. */
const MOST_FILTERED_ROWS = 4_000;
/** When each has its line searched or taken apart. */
const MOST_SEARCHED_ROWS = 2_000;

/** A record that may be wanted. */
interface Found {
  readonly timeNs: bigint;
  /** How long before the end of the selection, ns. */
  readonly age: number;
  readonly batch: StoredBatch;
  readonly row: number;
}

/** Records of a selection among those of one arrival. */
type Gather = (arrival: LogArrival, fromNs: bigint) => Found[];

/** The newest records out of memory, as far as it has them and a look is worth it. */
export function newestRecords(recent: RecentLogs, index: LogStreamIndex): NewestRecords {
  return {
    *select(selection, rest, withResource) {
      const { floorNs } = recent;
      const { startNs, endNs, log } = selection;
      if (floorNs === undefined || floorNs >= endNs) return;
      let fromNs = startNs;
      if (floorNs > fromNs) fromNs = floorNs;
      const arrivals = recent.newestFirst(fromNs);
      const gather = gatherer(selection, index, withResource);
      let left = mostRows(log.stages);
      let found: Found[] = [];
      for (const [i, arrival] of arrivals.entries()) {
        if (arrival.oldestNs >= endNs) continue;
        left -= arrival.rows;
        if (left < 0 || !isIndexed(arrival, index)) return;
        found.push(...gather(arrival, fromNs));
        // No record to come is later than the latest of the next arrival.
        const nextNs = arrivals[i + 1]?.newestNs ?? -1n;
        const sureNs = nextNs < fromNs ? fromNs : nextNs + 1n;
        if (sureNs >= rest.endNs) continue;
        const sure = found.filter(({ timeNs }) => timeNs >= sureNs);
        found = found.filter(({ timeNs }) => timeNs < sureNs);
        if (sure.length > 0) yield inOrder(sure, 'backward');
        rest.endNs = sureNs;
      }
      rest.endNs = fromNs;
    },
    all(selection, withResource) {
      const { floorNs } = recent;
      const { startNs, endNs, direction } = selection;
      if (floorNs === undefined || floorNs > startNs) return undefined;
      const arrivals = recent.newestFirst(startNs).filter(({ oldestNs }) => oldestNs < endNs);
      if (arrivals.reduce((sum, { rows }) => sum + rows, 0) > MOST_ROWS) return undefined;
      if (!arrivals.every((arrival) => isIndexed(arrival, index))) return undefined;
      const gather = gatherer(selection, index, withResource);
      return inOrder(
        arrivals.flatMap((arrival) => gather(arrival, startNs)),
        direction,
      );
    },
  };
}

function gatherer({ log, endNs }: LogSelection, index: LogStreamIndex, withResource: boolean): Gather {
  const { matches } = compileRecordTest(log.matchers, index);
  const lineTests = leadingLineTests(log.stages);
  return (arrival, fromNs) => {
    const records = arrival.records();
    const whole = batchOf(records, index, undefined);
    const batch = withResource ? whole : batchOf({ ...records, resource: () => [] }, index, undefined);
    const found: Found[] = [];
    for (let row = 0; row < batch.rows; row++) {
      const timeNs = batch.times[row] as bigint;
      if (timeNs < fromNs || timeNs >= endNs) continue;
      if (!matches(whole, whole.streamId(row), row)) continue;
      if (lineTests.length > 0 && !passes(lineTests, whole.line(row))) continue;
      found.push({ timeNs, age: Number(endNs - timeNs), batch, row });
    }
    return found;
  };
}

function mostRows(stages: readonly Stage[]): number {
  if (stages.length === 0) return MOST_ROWS;
  return stages.every(({ kind }) => kind === 'label_filter') ? MOST_FILTERED_ROWS : MOST_SEARCHED_ROWS;
}

function leadingLineTests(stages: readonly Stage[]): LineTest[] {
  const tests: LineTest[] = [];
  for (const stage of stages) {
    if (stage.kind !== 'line_filter') break;
    tests.push(compileLineFilter(stage));
  }
  return tests;
}

function passes(tests: readonly LineTest[], line: string): boolean {
  return tests.every((test) => test(line));
}

/** Which streams are meant is known of all of them; the store waits for the index where it is not. */
function isIndexed(arrival: LogArrival, index: Pick<LogStreamIndex, 'knows'>): boolean {
  let known: bigint | undefined;
  for (const id of arrival.records().streamIds) {
    if (id === known) continue;
    if (!index.knows(id)) return false;
    known = id;
  }
  return true;
}

/** In order of time. */
function inOrder(found: readonly Found[], direction: LogSelection['direction']): LogBatch {
  const sorted = [...found].sort(direction === 'backward' ? (a, b) => a.age - b.age : (a, b) => b.age - a.age);
  const at = (row: number): Found => {
    const record = sorted[row];
    if (record === undefined) throw new RangeError(`row ${row} of ${sorted.length}`);
    return record;
  };
  return {
    rows: sorted.length,
    times: BigInt64Array.from(sorted, ({ timeNs }) => timeNs),
    stream: (i) => at(i).batch.stream(at(i).row),
    metadata: (i) => at(i).batch.metadata(at(i).row),
    line: (i) => at(i).batch.line(at(i).row),
    virtual: (i) => at(i).batch.virtual(at(i).row),
    identity: (i) => at(i).batch.identity(at(i).row),
  };
}
