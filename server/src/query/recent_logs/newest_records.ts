import type { Stage } from '@trilith/lang/logql';
import { compileLineFilter, type LineTest } from '../logql/line_filter.ts';
import type { LogSelection, NewestRecords, StoredBatch } from '../logql/source.ts';
import { batchOf } from '../logql/store_source.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';
import { compileRecordTest } from '../tail/record_test.ts';
import type { LogArrival, RecentLogs } from './recent_logs.ts';
import { type MayPass, mayPassLineFilters } from './sought_lines.ts';
import type { WordSketch } from './word_sketch.ts';

/** Records looked at for one query: what is rare is found sooner by the store's indexes than by looking. */
const MOST_ROWS = 20_000;
/** When each is asked for its fields, too. */
const MOST_FILTERED_ROWS = 4_000;
/** When each has its line searched or taken apart. */
const MOST_SEARCHED_ROWS = 2_000;
/** When only those are looked at that may have the texts which are asked for. */
const MOST_CHOSEN_ROWS = 20_000;

/** A record that may be wanted. */
interface Found {
  readonly timeNs: bigint;
  /** How long before the end of the selection, ns. */
  readonly age: number;
  readonly batch: StoredBatch;
  readonly row: number;
  /** Of its arrival among others. */
  readonly place: number;
}

/** Records of a selection among those of one arrival. */
type Gather = (arrival: LogArrival, fromNs: bigint) => Found[];

/** What is known of records that came in together, or about the same time. */
interface Known {
  readonly newestNs: bigint;
  readonly oldestNs: bigint;
  readonly words: WordSketch;
  /** Undefined when some of the records were let go of. */
  readonly arrival: LogArrival | undefined;
}

/** The newest records out of memory, as far as it has them and a look is worth it. */
export function newestRecords(recent: RecentLogs, index: LogStreamIndex): NewestRecords {
  return {
    *select(selection, rest, withResource) {
      const { endNs, log } = selection;
      const mayPass = mayPassLineFilters(log.stages);
      const floorNs = floorOf(recent, mayPass);
      if (floorNs === undefined || floorNs >= endNs) return;
      let fromNs = selection.startNs;
      if (floorNs > fromNs) fromNs = floorNs;
      const known = knownOf(recent, fromNs, mayPass).filter(({ oldestNs }) => oldestNs < endNs);
      const gather = gatherer(selection, index, withResource);
      let left = mostRows(log.stages, mayPass !== undefined);
      let found: Found[] = [];
      const latestNs = known[0]?.newestNs ?? fromNs - 1n;
      if (latestNs < rest.endNs) rest.endNs = latestNs + 1n;
      for (const [i, { arrival, words }] of known.entries()) {
        if (mayPass === undefined || mayPass(words)) {
          left -= arrival?.rows ?? 0;
          if (arrival === undefined || left < 0 || !isIndexed(arrival, index)) {
            if (fromNs === selection.startNs) rest.startNs = oldestLeft(found, known.slice(i), mayPass, fromNs);
            return;
          }
          found.push(...gather(arrival, fromNs));
        }
        // No record to come is later than the latest of the next ones.
        const nextNs = known[i + 1]?.newestNs ?? -1n;
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

/** From when on everything is known that has to be: the records, or where words decide, what stands in them. */
function floorOf({ floorNs, words }: RecentLogs, mayPass: MayPass | undefined): bigint | undefined {
  if (mayPass === undefined || words.floorNs === undefined) return floorNs;
  return floorNs === undefined || words.floorNs < floorNs ? words.floorNs : floorNs;
}

/** What is known of records of a time or later, that with the latest first; with words also of those that were let go of. */
function knownOf(recent: RecentLogs, fromNs: bigint, mayPass: MayPass | undefined): readonly Known[] {
  const here = recent.newestFirst(fromNs).map((arrival): Known => ({ ...arrival, arrival }));
  if (mayPass === undefined) return here;
  const gone = recent.words
    .gone(fromNs)
    .map(({ goneNs, oldestNs, words }): Known => ({ newestNs: goneNs, oldestNs, words, arrival: undefined }));
  return [...here, ...gone].sort((a, b) => (a.newestNs < b.newestNs ? 1 : a.newestNs > b.newestNs ? -1 : 0));
}

/** The time of the earliest record that may still be wanted: of those found, but not handed over, and of what is known. */
function oldestLeft(
  found: readonly Found[],
  known: readonly Known[],
  mayPass: MayPass | undefined,
  fromNs: bigint,
): bigint {
  let oldest: bigint | undefined;
  const consider = (ns: bigint): void => {
    if (oldest === undefined || ns < oldest) oldest = ns;
  };
  for (const { timeNs } of found) consider(timeNs);
  for (const { oldestNs, words } of known) if (mayPass === undefined || mayPass(words)) consider(oldestNs);
  return oldest === undefined || oldest < fromNs ? fromNs : oldest;
}

function gatherer({ log, endNs }: LogSelection, index: LogStreamIndex, withResource: boolean): Gather {
  const { matches } = compileRecordTest(log.matchers, index);
  const lineTests = leadingLineTests(log.stages);
  const text = leadingText(log.stages);
  return (arrival, fromNs) => {
    const records = arrival.records();
    const whole = batchOf(records, index, undefined);
    const batch = withResource ? whole : batchOf({ ...records, resource: () => [] }, index, undefined);
    const found: Found[] = [];
    const look = (row: number): void => {
      const timeNs = batch.times[row] as bigint;
      if (timeNs < fromNs || timeNs >= endNs) return;
      if (!matches(whole, whole.streamId(row), row)) return;
      if (lineTests.length > 0 && !passes(lineTests, whole.line(row))) return;
      found.push({ timeNs, age: Number(endNs - timeNs), batch, row, place: arrival.place });
    };
    if (text === undefined) for (let row = 0; row < batch.rows; row++) look(row);
    else for (const row of records.rowsWith(text)) look(row);
    return found;
  };
}

function mostRows(stages: readonly Stage[], areChosen: boolean): number {
  if (stages.length === 0) return MOST_ROWS;
  if (areChosen) return MOST_CHOSEN_ROWS;
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

/** A text that every line must hold, so that all can be searched at once; bytes that are no text are read as U+FFFD. */
function leadingText(stages: readonly Stage[]): string | undefined {
  const [first] = stages;
  if (first?.kind !== 'line_filter' || first.operator !== '|=' || first.needles.length !== 1) return undefined;
  const [needle] = first.needles;
  return needle === undefined || needle.ip || needle.value === '' || needle.value.includes('\ufffd')
    ? undefined
    : needle.value;
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

/** In order of time, of stream, then of arrival. */
function inOrder(found: readonly Found[], direction: LogSelection['direction']): StoredBatch {
  const sign = direction === 'backward' ? -1 : 1;
  const sorted = [...found].sort((a, b) => (b.age - a.age || byStream(a, b)) * sign);
  const at = (row: number): Found => {
    const record = sorted[row];
    if (record === undefined) throw new RangeError(`row ${row} of ${sorted.length}`);
    return record;
  };
  return {
    rows: sorted.length,
    times: BigInt64Array.from(sorted, ({ timeNs }) => timeNs),
    streamId: (i) => at(i).batch.streamId(at(i).row),
    stream: (i) => at(i).batch.stream(at(i).row),
    metadata: (i) => at(i).batch.metadata(at(i).row),
    line: (i) => at(i).batch.line(at(i).row),
    virtual: (i) => at(i).batch.virtual(at(i).row),
    identity: (i) => at(i).batch.identity(at(i).row),
  };
}

function byStream(a: Found, b: Found): number {
  const [first, second] = [a.batch.streamId(a.row), b.batch.streamId(b.row)];
  if (first !== second) return first < second ? -1 : 1;
  return a.place - b.place || a.row - b.row;
}
