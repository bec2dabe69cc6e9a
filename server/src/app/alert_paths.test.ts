import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertAccess } from './alert_paths.ts';

test('reading alerts takes a key that reads, sending them one that sends, and changing what is told an admin’s', () => {
  for (const [method, path, access] of [
    ['GET', '/api/v1/rules', 'read'],
    ['GET', '/prometheus/api/v1/alerts', 'read'],
    ['GET', '/loki/prometheus/api/v1/alerts', 'read'],
    ['GET', '/loki/api/v1/rules/errors.yml', 'read'],
    ['GET', '/loki/api/v1/rulesets', undefined],
    ['POST', '/api/v2/alerts', 'ingest'],
    ['POST', '/alertmanager/api/v2/alerts', 'ingest'],
    ['GET', '/alertmanager/api/v2/alerts', 'read'],
    ['POST', '/api/v2/silences', 'admin'],
    ['DELETE', '/alertmanager/api/v2/silence/1', 'admin'],
    ['POST', '/api/alerts/backtest', 'read'],
    ['GET', '/api/slo/checkout', 'read'],
    ['POST', '/api/drills/run', 'admin'],
    ['GET', '/ack/token', 'open'],
    ['POST', '/ack/token', 'open'],
    ['POST', '/api/on-call/slack', 'open'],
    ['GET', '/api/on-call/night.ics', 'read'],
    // Zipkin's.
    ['POST', '/api/v2/spans', undefined],
    ['GET', '/api/v2/services', undefined],
    ['GET', '/api/v1/query', undefined],
    ['GET', '/api/alertsome', undefined],
    ['GET', '/alerts', undefined],
  ] as const)
    assert.equal(alertAccess(method, path), access, `${method} ${path}`);
});
