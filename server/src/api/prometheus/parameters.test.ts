import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationParameter, limitParameter, optionalTime, selectorParameters, timeParameter } from './parameters.ts';

const TIMES: readonly (readonly [text: string, ms: number])[] = [
  ['1435781451.781', 1_435_781_451_781],
  ['0010', 10_000],
  ['-1.5', -1500],
  ['1e3', 1_000_000],
  ['2015-07-01T20:10:51.781Z', 1_435_781_451_781],
  ['2015-07-01T22:10:51.781+02:00', 1_435_781_451_781],
  ['-292273086-05-16T16:47:06Z', 0],
  ['+292277025-08-18T07:12:54.999999999Z', 4_102_444_800_000],
];
for (const [text, ms] of TIMES) {
  test(`${text} is a time`, () => assert.equal(timeParameter('time', text), ms));
}

for (const text of ['', 'now', '2015-02-30T00:00:00Z', '2015-07-01', 'Inf']) {
  test(`${JSON.stringify(text)} is no time`, () => {
    assert.throws(() => timeParameter('start', text), {
      message: `invalid parameter "start": cannot parse ${JSON.stringify(text)} to a valid timestamp`,
    });
  });
}

const query = (text: string): URLSearchParams => new URLSearchParams(text);

test('errors are worded as upstream words them', () => {
  const errors: readonly (readonly [() => unknown, string])[] = [
    [
      () => optionalTime(query('time=x'), 'time', 0),
      `invalid parameter "time": invalid time value for 'time': cannot parse "x" to a valid timestamp`,
    ],
    [
      () => durationParameter('step', '1e12'),
      'invalid parameter "step": cannot parse "1e12" to a valid duration. It overflows int64',
    ],
    [
      () => durationParameter('lookback_delta', 'x', 'error parsing lookback delta duration: '),
      'error parsing lookback delta duration: cannot parse "x" to a valid duration',
    ],
    [() => limitParameter(query('limit=a')), 'invalid parameter "limit": strconv.Atoi: parsing "a": invalid syntax'],
    [() => limitParameter(query('limit=-1')), 'invalid parameter "limit": limit must be non-negative'],
    [() => selectorParameters(query('match[]={}')), 'match[] must contain at least one non-empty matcher'],
    [
      () => selectorParameters(query('match[]=up{'), true),
      'invalid parameter "match[]": 1:4: parse error: unexpected end of input inside braces',
    ],
  ];
  for (const [call, message] of errors) assert.throws(call, { message });
});

test('durations are seconds or written with units', () => {
  assert.equal(durationParameter('step', '15'), 15_000);
  assert.equal(durationParameter('step', '0.5'), 500);
  assert.equal(durationParameter('step', '1h30m'), 5_400_000);
});
