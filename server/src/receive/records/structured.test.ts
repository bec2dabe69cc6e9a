import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RecordFields, recordOf } from './structured.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);

function parts(fields: RecordFields, tag = '') {
  const { labels, attributes, line, seconds } = recordOf(fields, { nowMs: NOW, tag });
  return { labels: Object.fromEntries(labels), attributes: Object.fromEntries(attributes), line, seconds };
}

test('the raw line is the line; other fields are labels and attributes', () => {
  assert.deepEqual(
    parts({ log: 'text\r\n', service: 'pay', stream: 'stderr', a: { b: [1, { c: 2 }], d: null, e: true } }),
    {
      labels: { service: 'pay' },
      attributes: { service: 'pay', stream: 'stderr', 'a.b': '[1,{"c":2}]', 'a.e': 'true' },
      line: 'text',
      seconds: NOW / 1000,
    },
  );
});

test('a message beside nothing but metadata is the line; beside anything else the record is', () => {
  assert.equal(parts({ message: 'text', host: 'h', '@timestamp': '2026-11-22T11:00:00Z' }).line, 'text');
  assert.equal(parts({ MESSAGE: 'text', _SYSTEMD_UNIT: 'a.service', _HOSTNAME: 'h', PRIORITY: '3' }).line, 'text');
  assert.equal(parts({ msg: 'text', amount: 5 }).line, '{"msg":"text","amount":5}');
  assert.equal(
    parts({ log: { level: 'info' }, message: 'text', x: 1 }).line,
    '{"log":{"level":"info"},"message":"text","x":1}',
  );
  assert.equal(parts({}).line, '{}');
});

test('the systemd journal has its unit, host, program and priority', () => {
  const journal = {
    MESSAGE: 'text',
    _SYSTEMD_UNIT: 'a.service',
    _HOSTNAME: 'h',
    SYSLOG_IDENTIFIER: 'a',
    PRIORITY: '3',
  };
  assert.deepEqual(parts(journal).labels, { unit: 'a.service', host: 'h', app: 'a' });
  assert.equal(recordOf(journal, { nowMs: NOW, tag: '' }).severity, 5);
  assert.equal(recordOf({ ...journal, PRIORITY: 'x' }, { nowMs: NOW, tag: '' }).severity, 0);
});

test('names of Beats and of ECS mean the same as those of Fluent', () => {
  assert.deepEqual(
    parts({
      message: 'text',
      host: { name: 'h' },
      service: { name: 'pay', environment: 'prod' },
      kubernetes: {
        namespace: 'prod',
        pod: { name: 'p', uid: 'u' },
        container: { name: 'c' },
        node: { name: 'n' },
        labels: { app_kubernetes_io: 'x', 'app_kubernetes_io/name': 'pay' },
      },
    }).labels,
    {
      namespace: 'prod',
      pod: 'p',
      container: 'c',
      node: 'n',
      app: 'pay',
      host: 'h',
      service_name: 'pay',
      environment: 'prod',
    },
  );
});

test('the time comes from the first key that has one', () => {
  assert.equal(parts({ log: 'x', date: 100_000_000_000 / 1000, timestamp: 5 }).seconds, 100_000_000);
  assert.equal(parts({ log: 'x', time: 'noon', ts: 1_763_798_400 }).seconds, 1_763_798_400);
});

test('the tag names a stream that nothing else names, and is no label otherwise', () => {
  assert.deepEqual(parts({ log: 'x' }, 'app.access').labels, { job: 'app.access' });
  assert.deepEqual(parts({ log: 'x', app: 'a' }, 'kube.x'), {
    labels: { app: 'a' },
    attributes: { 'fluent.tag': 'kube.x', app: 'a' },
    line: 'x',
    seconds: NOW / 1000,
  });
});

test('ids never become labels, and names of the prototype are names like others', () => {
  const fields = JSON.parse(
    '{"log":"x","trace_id":"t","user_id":"u","__proto__":"p","constructor":"c"}',
  ) as RecordFields;
  assert.deepEqual(recordOf(fields, { nowMs: NOW, tag: '' }).labels, []);
  const { attributes } = recordOf(fields, { nowMs: NOW, tag: '' });
  assert.deepEqual(attributes, [
    ['trace_id', 't'],
    ['user_id', 'u'],
    ['__proto__', 'p'],
    ['constructor', 'c'],
  ]);
});

test('a record as its own line keeps a name of the prototype', () => {
  const fields = JSON.parse('{"a":1,"__proto__":{"b":2}}') as RecordFields;
  assert.equal(parts(fields).line, '{"a":1,"__proto__":{"b":2}}');
});
