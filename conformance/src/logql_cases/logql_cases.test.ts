import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogqlParseError, parse } from '@trilith/lang/logql';
import { labelsFrom, labelsToRecord } from '../../../server/src/model/labels.ts';
import { evaluateLogs, evaluateMetric, foldSum, LogqlError, memorySource } from '../../../server/src/query/index.ts';
import { CASES } from './all_cases.ts';
import { entryTexts, lineText, SECOND, sameAnswer, seriesTexts, valueText } from './answer.ts';
import { FIXTURES, SERVICE } from './fixtures.ts';
import { isOrdered, type LogCase, queryOf } from './log_case.ts';

const START = 1_790_000_040n * SECOND;

/** A fixture's lines in memory. */
function sourceOf(data: string): ReturnType<typeof memorySource> {
  let second = 0n;
  const streams = (FIXTURES[data] ?? []).map(({ labels, lines }) => ({
    labels: labelsFrom(Object.entries({ ...labels, ...SERVICE, fixture: data })),
    records: lines.map((line) => ({
      timeNs: START + ++second * SECOND,
      line: lineText(line),
      metadata:
        typeof line === 'string'
          ? []
          : labelsFrom(Object.entries(line.metadata).map(([name, value]) => [name.replaceAll('.', '_'), value])),
    })),
  }));
  return memorySource(streams);
}

async function answer(of: LogCase): Promise<string[]> {
  const expr = parse(queryOf(of));
  const source = sourceOf(of.data);
  if (expr.kind === 'variants') throw new Error('no case has variants');
  if (expr.kind === 'log') {
    const query = {
      log: expr,
      startNs: START,
      endNs: START + 60n * SECOND,
      direction: 'forward',
      limit: 1000,
    } as const;
    const { streams } = await evaluateLogs(query, source);
    const entries = streams.flatMap(({ labels, entries: list }) =>
      list.map((entry) => ({ ...entry, labels: labelsToRecord(labels) })),
    );
    return entryTexts(entries, START, of);
  }
  const value = await evaluateMetric(expr, {
    source,
    steps: { startNs: START + 60n * SECOND, stepNs: SECOND, count: 1, instant: true },
    limits: { maxSeries: 500, maxSamples: 1_000_000 },
    rules: [foldSum],
  });
  if (value.kind === 'scalar') return [valueText(value.value)];
  const present = value.series.filter((series) => series.present[0] === 1);
  const shown = present.map((s) => ({ labels: labelsToRecord(s.labels), value: s.values[0] ?? 0 }));
  return seriesTexts(shown, of, isOrdered(of));
}

async function answerOrRefusal(of: LogCase): Promise<string[]> {
  try {
    return await answer(of);
  } catch (error) {
    if (error instanceof LogqlParseError || error instanceof LogqlError) return [`! ${error.message}`];
    throw error;
  }
}

for (const [chapter, cases] of Object.entries(CASES)) {
  test(`${chapter}: ${cases.length} cases`, async (t) => {
    for (const of of cases) {
      await t.test(`${of.rule}: ${of.query}`, async () => {
        const got = await answerOrRefusal(of);
        if (!sameAnswer(got, of.expect)) assert.deepEqual(got, of.expect);
      });
    }
  });
}

test('there are at least 300 cases', () => {
  assert.ok(Object.values(CASES).flat().length >= 300);
});
