import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlumbingName, isPlumbingPair, isProxyService } from './plumbing.ts';

test('hops of proxies and health checks are plumbing whatever their kind', () => {
  for (const name of [
    'ingress',
    'router api.default.svc.cluster.local:80/* egress',
    'pay.shop.svc.cluster.local:9080/*',
  ])
    assert.ok(isPlumbingName(name, 'server'), name);
  for (const name of ['GET /healthz', 'GET /actuator/health', 'grpc.health.v1.Health/Check', '/readyz/'])
    assert.ok(isPlumbingName(name, 'server'), name);
  for (const name of ['GET /health-insurance', 'GET /users/health/records', 'egressReport', 'POST /pay'])
    assert.ok(!isPlumbingName(name, 'server'), name);
});

test('connections are plumbing at clients, middleware inside a process, and neither is what a service answers', () => {
  const connections = [
    'tcp.connect',
    'dns.lookup',
    'DNS lookup api.example',
    'pg-pool.connect',
    'http.getconn',
    'connect',
  ];
  for (const name of [...connections, 'HikariDataSource.getConnection', 'sql.conn.ping']) {
    assert.ok(isPlumbingName(name, 'client') && isPlumbingName(name, 'internal'), name);
    assert.ok(!isPlumbingName(name, 'server'), name);
  }
  for (const name of ['middleware - cors', 'router - /api', 'GET /pay http send', 'AuthMiddleware.__call__']) {
    assert.ok(isPlumbingName(name, 'internal'), name);
    assert.ok(!isPlumbingName(name, 'client'), name);
  }
  for (const name of ['connectAccounts', 'SELECT users', 'checkout', 'getConnectionReport', 'user.connect'])
    assert.ok(!isPlumbingName(name, 'internal'), name);
});

test('services are proxies by whole words of their names', () => {
  for (const name of ['istio-ingressgateway', 'frontend-proxy', 'envoy', 'shop-nginx'])
    assert.ok(isProxyService(name), name);
  for (const name of ['kongress', 'proxy-billing', 'payments']) assert.ok(!isProxyService(name), name);
});

test('attributes tell of plumbing: the component, the step of a framework, the scope, the path of a health check', () => {
  assert.ok(isPlumbingPair('component', 'proxy'));
  assert.ok(isPlumbingPair('express.type', 'middleware'));
  assert.ok(isPlumbingPair('otel.scope.name', '@opentelemetry/instrumentation-net'));
  assert.ok(isPlumbingPair('url.path', '/healthz'));
  assert.ok(!isPlumbingPair('component', 'net/http'));
  assert.ok(!isPlumbingPair('express.type', 'request_handler'));
  assert.ok(!isPlumbingPair('otel.scope.name', '@opentelemetry/instrumentation-net-promoter'));
});
