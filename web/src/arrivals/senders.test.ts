import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reachable, senders } from './senders.ts';

test('a loopback door is offered under the name the page was opened with', () => {
  assert.equal(reachable('http://127.0.0.1:4318', 'https://obs.example:8443'), 'http://obs.example:4318');
  assert.equal(reachable('http://0.0.0.0:4318', 'http://10.0.0.7:3000'), 'http://10.0.0.7:4318');
  assert.equal(reachable('http://collector.internal:4318', 'http://10.0.0.7:3000'), 'http://collector.internal:4318');
});

test('every sender names this server, and Fluent Bit gets host, port and TLS apart', () => {
  const all = senders({ origin: 'https://obs.example:8443', otlpHttp: null, otlpGrpc: null });
  for (const sender of all.filter((one) => one.id !== 'scrape')) assert.match(sender.text, /obs\.example/, sender.id);
  const fluent = all.find((one) => one.id === 'fluent-bit')?.text ?? '';
  assert.match(fluent, /host +obs\.example\n +port +8443\n +tls +on/);
});

test('an open OTLP port is preferred and gRPC is offered only when open', () => {
  const text =
    senders({
      origin: 'http://127.0.0.1:3000',
      otlpHttp: 'http://127.0.0.1:4318',
      otlpGrpc: 'http://127.0.0.1:4317',
    })[0]?.text ?? '';
  assert.match(text, /ENDPOINT=http:\/\/127\.0\.0\.1:4318/);
  assert.match(text, /grpc .*4317/);
});
