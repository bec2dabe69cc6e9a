import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LineFilterStage, Stage } from '@trilith/lang/logql';
import { wordsOf } from '../../base/words_of.ts';
import { compileSeverityTest, type ValueTest } from '../logql/label_filter.ts';
import { compileLineFilter, type LineTest } from '../logql/line_filter.ts';
import type { LogSelection, NewestRecords } from '../logql/source.ts';
import { batchOf } from '../logql/store_source.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';
import { compileRecordTest } from '../tail/record_test.ts';
import { FoundRecords } from './found_records.ts';
import { type Gatherer, readAhead, readGroups } from './read_ahead.ts';
import type { RecentLogs } from './recent_logs.ts';
import { type MayPass, mayPassLineFilters } from './sought_lines.ts';
import { type KnownStream, type StreamsByWords, streamsByWords } from './streams_by_words.ts';
import type { LogStretch } from './stretch.ts';

/** Records looked at for one query: what is rare is found sooner by the store's indexes than by looking. */
const MOST_ROWS = 20_000;
/** When each is asked for its fields, too. */
const MOST_FILTERED_ROWS = 4_000;
/** When each has its line searched or taken apart. */
const MOST_SEARCHED_ROWS = 2_000;
/** When only those are looked at that may have the texts which are asked for: a statement costs what unpacking these does. */
const MOST_CHOSEN_ROWS = 160_000;
/** When all are wanted: a third of a microsecond each, where the store would have to send those that match. */
const MOST_WANTED_ROWS = 65_536;
/** What is looked at takes no more unpacked, all at once: three times as much as lines of usual length do. */
const MOST_UNPACKED_BYTES = 64 * 1024 * 1024;

/** The newest records out of memory, as far as it has them and a look is worth it. */
export function newestRecords(recent: RecentLogs, index: LogStreamIndex): NewestRecords {
  const isIndexed = indexedStretches(index);
  return {
    async *select(selection, rest, withResource) {
      const { endNs, log } = selection;
      const mayPass = mayPassLineFilters(log.stages);
      const floorNs = mayPass === undefined ? recent.floorNs : recent.wordsFloorNs;
      if (floorNs === undefined || floorNs >= endNs) return;
      let fromNs = selection.startNs;
      if (floorNs > fromNs) fromNs = floorNs;
      const stretches = stretchesOf(recent, fromNs, endNs, mayPass);
      const found = new FoundRecords();
      const gatherer = gathererOf(selection, index, withResource, found);
      // What holds a text lies far apart: the next ones are unpacked meanwhile.
      const ahead = readAhead(stretches, gatherer, isIndexed, mayPass !== undefined);
      let left = mostRows(log.stages, stretches, mayPass !== undefined);
      let leftBytes = MOST_UNPACKED_BYTES;
      const latestNs = stretches[0]?.newestNs ?? fromNs - 1n;
      if (latestNs < rest.endNs) rest.endNs = latestNs + 1n;
      for (const [i, stretch] of stretches.entries()) {
        left -= stretch.rows;
        leftBytes -= stretch.records?.unpackedBytes ?? 0;
        if (stretch.records === undefined || left < 0 || leftBytes < 0 || !isIndexed(stretch)) {
          if (fromNs === selection.startNs) rest.startNs = oldestLeft(found.oldestNs, stretches.slice(i), fromNs);
          return;
        }
        await ahead(stretch, fromNs);
        // No record to come is later than the latest of the next ones.
        const nextNs = stretches[i + 1]?.newestNs ?? -1n;
        const sureNs = nextNs < fromNs ? fromNs : nextNs + 1n;
        if (sureNs >= rest.endNs) continue;
        const sure = found.takeFrom(sureNs);
        if (sure !== undefined) yield sure;
        rest.endNs = sureNs;
      }
      rest.endNs = fromNs;
    },
    async all(selection, withResource) {
      const { startNs, endNs, direction, log } = selection;
      const mayPass = mayPassLineFilters(log.stages);
      const floorNs = mayPass === undefined ? recent.floorNs : recent.wordsFloorNs;
      if (floorNs === undefined || floorNs > startNs) return undefined;
      const stretches = stretchesOf(recent, startNs, endNs, mayPass);
      if (rowsOf(stretches) > MOST_WANTED_ROWS || unpackedBytesOf(stretches) > MOST_UNPACKED_BYTES) return undefined;
      if (!stretches.every((stretch) => stretch.records !== undefined && isIndexed(stretch))) return undefined;
      const now = stretches.map((stretch) => ({ ...stretch }));
      const found = new FoundRecords();
      const gatherer = gathererOf(selection, index, withResource, found);
      let release = (): void => undefined;
      if (gatherer.text === undefined) release = await readGroups(now, gatherer, startNs);
      else {
        const ahead = readAhead(now, gatherer, isIndexed, true);
        for (const [i, stretch] of now.entries()) {
          if (i > 0) await nextTurn();
          await ahead(stretch, startNs);
        }
      }
      return { ...found.inOrder(direction), release };
    },
  };
}

/**
 * Where records of a range may pass, that with the latest first. Where texts are looked for these are as they are now: in other
 * turns some may be let go of, or moved to another stretch.
 */
function stretchesOf(
  recent: RecentLogs,
  fromNs: bigint,
  endNs: bigint,
  mayPass: MayPass | undefined,
): readonly LogStretch[] {
  const passing = recent.newestFirst(fromNs, mayPass).filter(({ oldestNs }) => oldestNs < endNs);
  return mayPass === undefined ? passing : passing.map((stretch) => ({ ...stretch }));
}

const rowsOf = (stretches: readonly LogStretch[]): number => stretches.reduce((sum, { rows }) => sum + rows, 0);

const unpackedBytesOf = (stretches: readonly LogStretch[]): number =>
  stretches.reduce((sum, { records }) => sum + (records?.unpackedBytes ?? 0), 0);

/** The time of the earliest record that may still be wanted: of those found, but not handed over, and of what is known. */
function oldestLeft(foundNs: bigint | undefined, stretches: readonly LogStretch[], fromNs: bigint): bigint {
  let oldest = foundNs;
  for (const { oldestNs } of stretches) if (oldest === undefined || oldestNs < oldest) oldest = oldestNs;
  return oldest === undefined || oldest < fromNs ? fromNs : oldest;
}

/** Finds the records of a selection. */
interface RecordGatherer extends Gatherer {
  /** The text that every line must hold, if there is one. */
  readonly text: string | undefined;
}

function gathererOf(
  { log, endNs }: LogSelection,
  index: LogStreamIndex,
  withResource: boolean,
  found: FoundRecords,
): RecordGatherer {
  const test = compileRecordTest(log.matchers, index);
  const { lineTests, severityTests, text } = leadingTests(log.stages);
  const streams = streamsByWords(test, index);
  const severities = new Map<string, boolean>();
  const hasSeverity = (severity: string): boolean => {
    let isWanted = severities.get(severity);
    if (isWanted === undefined) {
      isWanted = passes(severityTests, severity);
      severities.set(severity, isWanted);
    }
    return isWanted;
  };
  return {
    text,
    wants(stretch) {
      const matching = matchingOf(stretch, streams);
      if (matching === false) return undefined;
      return { matching, text, withResource: withResource || matching === undefined };
    },
    among(stretch, { matching }, read, askedNs) {
      let fromNs = askedNs;
      if (stretch.sinceNs > fromNs) fromNs = stretch.sinceNs;
      // To others more may have come since they were looked at.
      const isClosed = stretch.streamIds instanceof BigUint64Array;
      const isWithin = isClosed && stretch.oldestNs >= fromNs && stretch.newestNs < endNs;
      const allMatch = isClosed && matching === true;
      for (const { section, records } of read) {
        const whole = batchOf(records, index, undefined);
        const readable = withResource ? whole : batchOf({ ...records, resource: () => [] }, index, undefined);
        const streamIds = wordsOf(Uint32Array, records.streamIds);
        const streamAt = (row: number): KnownStream => streams(streamIds, row, records.streamIds);
        found.begin({
          batch: { ...readable, stream: (row) => streamAt(row).labels },
          times: wordsOf(Int32Array, records.times),
          streamIds,
          place: stretch.place + section,
        });
        for (let row = 0; row < records.rows; row++) {
          if (severityTests.length > 0 && !hasSeverity(records.severity(row))) continue;
          if (!isWithin) {
            const timeNs = records.times[row] as bigint;
            if (timeNs < fromNs || timeNs >= endNs) continue;
          }
          if (!allMatch && !(streamAt(row).matches ?? test.matches(whole, whole.streamId(row), row))) continue;
          if (lineTests.length > 0 && !passes(lineTests, whole.line(row))) continue;
          found.add(row);
        }
      }
    },
  };
}

/** Tells whether all records of a stretch match by their streams, or none does; undefined where they have to be asked. */
function matchingOf({ streamIds }: LogStretch, streams: StreamsByWords): boolean | undefined {
  const ids = streamIds instanceof BigUint64Array ? streamIds : BigUint64Array.from(streamIds);
  const words = wordsOf(Uint32Array, ids);
  let all: boolean | undefined;
  for (let i = 0; i < ids.length; i++) {
    const { matches } = streams(words, i, ids);
    if (matches === undefined || (all !== undefined && matches !== all)) return undefined;
    all = matches;
  }
  return all;
}

function mostRows(stages: readonly Stage[], passing: readonly LogStretch[], areChosen: boolean): number {
  if (stages.length === 0) return MOST_ROWS;
  // More than that are looked at only to have them all.
  if (areChosen) return rowsOf(passing) <= MOST_CHOSEN_ROWS ? MOST_CHOSEN_ROWS : MOST_ROWS;
  return stages.every(({ kind }) => kind === 'label_filter') ? MOST_FILTERED_ROWS : MOST_SEARCHED_ROWS;
}

/** What can be asked of a record before it goes through a pipeline. */
interface LeadingTests {
  readonly lineTests: readonly LineTest[];
  readonly severityTests: readonly ValueTest[];
  /** The longest text that every line must hold, so that all can be searched at once. */
  readonly text: string | undefined;
}

/** Of the line filters and filters on the level that a pipeline begins with. */
function leadingTests(stages: readonly Stage[]): LeadingTests {
  const lineTests: LineTest[] = [];
  const severityTests: ValueTest[] = [];
  let text: string | undefined;
  for (const stage of stages) {
    if (stage.kind === 'line_filter') {
      lineTests.push(compileLineFilter(stage));
      const needed = neededText(stage);
      if (needed !== undefined && needed.length > (text?.length ?? 0)) text = needed;
    } else {
      const test = stage.kind === 'label_filter' ? compileSeverityTest(stage.filter) : undefined;
      if (test === undefined) break;
      severityTests.push(test);
    }
  }
  return { lineTests, severityTests, text };
}

/** The text that lines must hold for a filter, if it is one; bytes that are no text are read as U+FFFD. */
function neededText({ operator, needles: [needle, ...more] }: LineFilterStage): string | undefined {
  if (operator !== '|=' || needle === undefined || more.length > 0 || needle.ip) return undefined;
  return needle.value.includes('\ufffd') ? undefined : needle.value;
}

function passes(tests: readonly ((text: string) => boolean)[], text: string): boolean {
  return tests.every((test) => test(text));
}

/** Which streams are meant is known of all records of a stretch; the store waits for the index where it is not. */
function indexedStretches(index: Pick<LogStreamIndex, 'knows'>): (stretch: LogStretch) => boolean {
  // A stream that is indexed stays so.
  const indexed = new WeakSet<BigUint64Array>();
  return ({ streamIds }) => {
    if (streamIds instanceof BigUint64Array && indexed.has(streamIds)) return true;
    for (const id of streamIds) if (!index.knows(id)) return false;
    if (streamIds instanceof BigUint64Array) indexed.add(streamIds);
    return true;
  };
}
