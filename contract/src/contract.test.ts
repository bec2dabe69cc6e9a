import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as v from 'valibot';
import * as contract from './index.ts';

const cases: readonly [string, v.GenericSchema][] = [
  ['status', contract.statusAnswer],
  ['counts', contract.countsAnswer],
  ['targets', contract.targetsAnswer],
  ['services', contract.servicesAnswer],
  ['service', contract.serviceAnswer],
  ['problems', contract.problemsAnswer],
  ['log-histogram', contract.logHistogramAnswer],
  ['log-fields', contract.logFieldsAnswer],
  ['log-lines', contract.logLinesAnswer],
  ['log-values', contract.logValuesAnswer],
  ['log-compare', contract.logCompareAnswer],
  ['log-context', contract.logContextAnswer],
  ['log-patterns', contract.logPatternsAnswer],
  ['masking', contract.maskingAnswer],
  ['masking-test', contract.maskingTestAnswer],
  ['noise', contract.noiseAnswer],
  ['sampling', contract.samplingAnswer],
  ['trace-search', contract.traceSearchAnswer],
  ['trace-operations', contract.traceOperationsAnswer],
  ['trace-overview', contract.traceOverviewAnswer],
  ['trace-differences', contract.traceDifferencesAnswer],
  ['service-map', contract.serviceMapAnswer],
  ['trace', contract.traceAnswer],
  ['trace-context', contract.traceContextAnswer],
  ['resolve', contract.resolveAnswer],
  ['metrics', contract.metricsAnswer],
  ['explain', contract.explainAnswer],
  ['cardinality', contract.cardinalityAnswer],
  ['service-cost', contract.serviceCostAnswer],
  ['changes', contract.changesAnswer],
  ['views', contract.savedViewsAnswer],
  ['on-call', contract.onCallAnswer],
  ['on-call-shifts', contract.shiftsAnswer],
  ['alert-responses', contract.responsesAnswer],
  ['alert-why', contract.whyAnswer],
  ['alert-backtest', contract.backtestAnswer],
  ['alert-noise', contract.noiseReport],
  ['alert-history', contract.alertHistoryAnswer],
  ['alert-routes', contract.alertRoutesAnswer],
  ['alert-route-test', contract.routeTestAnswer],
  ['error', contract.apiError],
];

for (const [name, schema] of cases) {
  const fixture: unknown = JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'));

  test(`${name}: the golden answer parses and nothing in it is dropped`, () => {
    assert.deepEqual(v.parse(schema, fixture), fixture);
  });

  test(`${name}: an answer without its first key is refused`, () => {
    const broken = Object.fromEntries(Object.entries(fixture as object).slice(1));
    assert.equal(v.safeParse(schema, broken).success, false);
  });
}

test('a trace id in upper case is refused, so both sides agree on one spelling', () => {
  assert.equal(
    v.safeParse(contract.resolveAnswer, {
      places: [{ kind: 'trace', traceId: 'A'.repeat(32), fromMs: null, toMs: null, spans: null }],
    }).success,
    false,
  );
});
