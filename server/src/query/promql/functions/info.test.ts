import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_FEATURES } from '@trilith/lang/promql';
import { labelsFrom, labelsToRecord } from '../../../model/labels.ts';
import { createMetricsEngine } from '../engine.ts';
import { type MemorySeries, memorySamples } from '../memory_source.ts';
import type { Selection } from '../source.ts';

const MINUTE = 60_000;

function series(labels: Readonly<Record<string, string>>, values: readonly (number | undefined)[]): MemorySeries {
  const at = values.flatMap((value, i) => (value === undefined ? [] : [{ time: i * MINUTE, value }]));
  return {
    labels: labelsFrom(Object.entries(labels)),
    times: at.map(({ time }) => time),
    values: at.map(({ value }) => value),
    stale: [],
  };
}

async function ask(
  all: readonly MemorySeries[],
  query: string,
  minutes: number,
): Promise<{ readonly rows: readonly unknown[]; readonly reads: readonly Selection[] }> {
  const reads: Selection[] = [];
  const source = memorySamples(all);
  const engine = createMetricsEngine({
    source: {
      select(selection, ...rest) {
        reads.push(selection);
        return source.select(selection, ...rest);
      },
    },
    now: () => performance.now(),
    parse: ALL_FEATURES,
  });
  const { series: result } = await engine.query({ query, startMs: 0, endMs: minutes * MINUTE, stepMs: MINUTE });
  return { rows: result.map(({ labels, values }) => [labelsToRecord(labels), [...values]]), reads };
}

const plain = (rows: readonly unknown[]): unknown => JSON.parse(JSON.stringify(rows));

test('info reads the info series of the targets it was given and of no others', async () => {
  const { reads, rows } = await ask(
    [
      series({ __name__: 'm', instance: 'a.b:1', job: 'x' }, [1, 2]),
      series({ __name__: 'target_info', instance: 'a.b:1', job: 'x', version: '1' }, [1, 1]),
      series({ __name__: 'target_info', instance: 'aXb:1', job: 'x', version: '2' }, [1, 1]),
    ],
    'info(m, {version=~".+"})',
    1,
  );
  assert.deepEqual(plain(rows), [[{ __name__: 'm', instance: 'a.b:1', job: 'x', version: '1' }, [1, 2]]]);
  assert.deepEqual(reads[1]?.matchers, [
    { name: '__name__', operator: '=', value: 'target_info' },
    { ...reads[1]?.matchers[1], name: 'version', operator: '=~', value: '.+' },
    { name: 'instance', operator: '=~', value: 'a\\.b:1' },
    { name: 'job', operator: '=~', value: 'x' },
  ]);
});

test('of two info series the one with the newer sample counts at each step; equally new ones are an error', async () => {
  const metric = series({ __name__: 'm', instance: 'a', job: 'x' }, [1, 2, 3]);
  const info = (version: string, values: readonly (number | undefined)[]): MemorySeries =>
    series({ __name__: 'target_info', instance: 'a', job: 'x', version }, values);
  const { rows } = await ask([metric, info('1', [1, 1]), info('2', [undefined, undefined, 1])], 'info(m)', 2);
  assert.deepEqual(plain(rows), [
    [{ __name__: 'm', instance: 'a', job: 'x', version: '1' }, [1, 2]],
    [{ __name__: 'm', instance: 'a', job: 'x', version: '2' }, [3]],
  ]);
  await assert.rejects(
    ask([metric, info('1', [1, 1]), info('2', [undefined, 1])], 'info(m)', 2),
    /found duplicate series for info metric: existing \{.*version="1"\} @ 60000, new \{.*version="2"\} @ 60000/,
  );
});

test('limit_ratio and its complement share nothing and leave nothing out', async () => {
  const all = Array.from({ length: 300 }, (_, i) => series({ __name__: 'm', i: String(i) }, [i]));
  const chosen = async (ratio: number): Promise<ReadonlySet<string>> => {
    const { rows } = await ask(all, `limit_ratio(${ratio}, m)`, 0);
    return new Set(rows.map((row) => JSON.stringify(row)));
  };
  for (const ratio of [0.1, 0.5, 0.9]) {
    const [some, rest] = [await chosen(ratio), await chosen(ratio - 1)];
    assert.equal(some.intersection(rest).size, 0);
    assert.equal(some.union(rest).size, 300);
    assert.ok(Math.abs(some.size / 300 - ratio) < 0.1, `${some.size} of 300 at ${ratio}`);
  }
});

test('absence does not ask whether series would be equal without their names', async () => {
  const { rows } = await ask(
    [series({ __name__: 'a', i: '1' }, [1]), series({ __name__: 'b', i: '1' }, [1])],
    'absent_over_time({i="1"}[2m])',
    3,
  );
  assert.deepEqual(plain(rows), [[{ i: '1' }, [1, 1]]]);
});
