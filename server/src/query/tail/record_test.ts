import type { LabelMatcher } from '@trilith/lang/logql';
import { type Labels, labelValue } from '../../model/labels.ts';
import { serviceOf } from '../../model/service.ts';
import { compileMatcher, isNegative, positiveOf } from '../logql/label_filter.ts';
import type { LogBatch } from '../logql/source.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';
import { canonicalId, classOfName, SEVERITY_FIELD, severitiesMatching } from '../logql/vocabulary.ts';

type RowTest = (batch: LogBatch, row: number) => boolean;
/** What is left to ask of a record when its stream is known: nothing (true), it cannot match (false), or these. */
type Verdict = boolean | readonly RowTest[];

/** A selector as a test of single records, for those the store does not have yet; agrees with `planSelector`. */
export interface RecordTest {
  /** What a stream says of its records: all of them match, none does, or (undefined) each has to be asked. */
  ofStream(streamId: bigint, labels: (streamId: bigint) => Labels): boolean | undefined;
  /** @param streamId whose labels the batch knows */
  matches(batch: LogBatch, streamId: bigint, row: number): boolean;
}

/** @param hasLabel whether any stream has the label: a name that none has is looked for in records */
export function compileRecordTest(
  matchers: readonly LabelMatcher[],
  { hasLabel }: Pick<LogStreamIndex, 'hasLabel'>,
): RecordTest {
  const verdicts = new Map<bigint, Verdict>();
  const verdictOf = (labels: Labels): Verdict => {
    const open: RowTest[] = [];
    for (const matcher of matchers) {
      const verdict = testStream(matcher, labels, hasLabel);
      if (verdict === false) return false;
      if (verdict !== true) open.push(verdict);
    }
    return open.length === 0 ? true : open;
  };
  const decide = (streamId: bigint, labels: Labels): Verdict => {
    const verdict = verdictOf(labels);
    verdicts.set(streamId, verdict);
    return verdict;
  };
  return {
    ofStream(streamId, labels) {
      const verdict = verdicts.get(streamId) ?? decide(streamId, labels(streamId));
      return typeof verdict === 'boolean' ? verdict : undefined;
    },
    matches(batch, streamId, row) {
      const verdict = verdicts.get(streamId) ?? decide(streamId, batch.stream(row).labels);
      return typeof verdict === 'boolean' ? verdict : verdict.every((test) => test(batch, row));
    },
  };
}

function testStream(matcher: LabelMatcher, labels: Labels, hasLabel: (name: string) => boolean): boolean | RowTest {
  const test = compileMatcher(matcher);
  const own = labelValue(labels, matcher.name);
  const name = classOfName(matcher.name);
  switch (name.kind) {
    case 'service':
      return test(own || serviceOf(labels));
    case 'level':
      return testLevel(matcher, own);
    case 'id': {
      const { column } = name;
      const equals = matcher.operator === '=' || matcher.operator === '!=';
      const canonical = equals
        ? compileMatcher({ ...matcher, value: canonicalId(column, matcher.value) })
        : (value: string) => test(value);
      return (batch, row) => canonical(batch.virtual(row)(matcher.name) ?? '');
    }
    case 'other':
      if (own !== '' || hasLabel(matcher.name)) return test(own);
      return (batch, row) =>
        test(labelValue(batch.metadata(row), matcher.name) || (batch.virtual(row)(matcher.name) ?? ''));
  }
}

/** A level under any spelling: the stream's own label, or what the record says. */
function testLevel(matcher: LabelMatcher, own: string): boolean | RowTest {
  const negative = isNegative(matcher);
  const positive = compileMatcher(positiveOf(matcher));
  const severities = new Set(severitiesMatching(positive));
  if (own !== '') {
    const same = severitiesMatching((spelling) => spelling === own);
    return (positive(own) || same.some((text) => text !== '' && severities.has(text))) !== negative;
  }
  return (batch, row) => {
    const severity = batch.virtual(row)(SEVERITY_FIELD) ?? '';
    const named = severities.size === 0 && severity === '' && positive(labelValue(batch.metadata(row), matcher.name));
    return (severities.has(severity) || named) !== negative;
  };
}
