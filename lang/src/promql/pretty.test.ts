import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_FEATURES } from './cursor.ts';
import { parse } from './parser.ts';
import { printPretty } from './pretty.ts';
import { print } from './print.ts';

const LONG =
  'http_requests_total{handler="/a/long/path/that/fills/the/line",instance="localhost:9090",job="prometheus"}';

test('what fits into 100 bytes stays on one line', () => {
  assert.equal(printPretty(parse('sum(rate(x[5m]))by(job)')), 'sum by (job) (rate(x[5m]))');
});

test('longer expressions are broken up where their parts meet', () => {
  const text = `sum without (job) (rate(${LONG}[5m])) / on (instance) group_left (job) count(${LONG}) > bool 0.5`;
  assert.equal(
    printPretty(parse(text)),
    `      sum without (job) (
        rate(
          ${LONG}[5m]
        )
      )
  / on (instance) group_left (job)
    count(
      ${LONG}
    )
> bool
  0.5`
      .replace(/^ {6}sum/, '    sum')
      .replace('\n        rate(', '\n      rate(')
      .replace(`\n          ${LONG}[5m]`, `\n        ${LONG}[5m]`)
      .replace('\n        )\n      )', '\n      )\n    )'),
  );
});

test('parameters come on lines of their own, signs before their operand', () => {
  assert.equal(printPretty(parse(`topk(3, -(${LONG}))`)), `topk(\n  3,\n  -(\n    ${LONG}\n  )\n)`);
});

test('formatted text parses to the same query', () => {
  for (const text of [
    `max_over_time(rate(${LONG}[1m])[1h:5m] offset 1d)`,
    `label_replace(${LONG}, "a", "$1", "b", "(.*)")`,
  ]) {
    const expr = parse(text, ALL_FEATURES);
    assert.equal(print(parse(printPretty(expr), ALL_FEATURES)), print(expr));
  }
});
