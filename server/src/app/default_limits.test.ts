import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_HTTP_LIMITS } from '../base/http_server.ts';
import { loadConfig } from './config.ts';

/** What the limits do is tested from outside, with smaller figures where these would take too long (conformance/src/limits). */
test('without any configuration the limits are those that are documented', () => {
  assert.deepEqual(loadConfig([], {}).limits, {
    ingest_mib_per_second: 20,
    active_series: 200_000,
    active_streams: 20_000,
    disk_reserve_mib: 256,
    disk_reserve_ratio: 0.1,
    wal_mib: 8192,
    query_seconds: 30,
    query_samples: 50_000_000,
    query_series: 1_000_000,
    query_memory_mib: 512,
    query_rows: 500_000_000,
    out_of_order_minutes: 120,
    oldest_hours: 168,
    queries_at_once: 8,
    queries_at_once_per_tenant: 4,
    queries_waiting: 500,
  });
});

test('the listener bounds bodies, connections and slow clients', () => {
  assert.deepEqual(DEFAULT_HTTP_LIMITS, {
    bodyBytes: 16 * 1024 * 1024,
    connections: 2_000,
    connectionsPerAddress: 200,
    headerMs: 10_000,
    bodyMs: 30_000,
    minBytesPerSecond: 1024,
  });
});
