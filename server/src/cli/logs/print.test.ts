import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrinter, type Line, type Stream } from './print.ts';

const STREAM: Stream = { service: 'web', labels: { service: 'web', k8s_pod_name: 'web-1', container: 'app' } };
const LINE: Line = {
  id: 'x',
  timeNs: '1790000000120000000',
  stream: 0,
  level: 'ERROR',
  line: 'one card\n\u001b[2Jtwo \u001b[31mred\u001b[0m',
  traceId: 'ab',
  spanId: null,
  metadata: { user_id: '7' },
  parsed: { status: '500' },
};
const options = { output: 'default', timestamps: false, highlight: [] } as const;

test('a line of several is printed with its pod in front of each, and without control characters', () => {
  assert.equal(createPrinter(options, false)(LINE, STREAM), 'web-1 app ERROR one card\nweb-1 app ERROR two red\n');
});

test('a terminal gets colours, those of the line too, but nothing that moves the cursor', () => {
  const text = createPrinter({ ...options, highlight: ['c.rd'] }, true)(LINE, STREAM);
  assert.ok(text.includes('one \u001b[7mcard\u001b[27m\n'));
  assert.ok(text.includes('two \u001b[31mred\u001b[0m\n'));
  assert.ok(!text.includes('\u001b[2J'));
  const name = text.split('web-1')[0];
  assert.equal(createPrinter(options, true)(LINE, STREAM).split('web-1')[0], name, 'the same colour every time');
});

test('timestamps are RFC 3339 with what there is of a fraction', () => {
  const [first] = createPrinter({ ...options, timestamps: true }, false)(LINE, STREAM).split('\n');
  assert.equal(first, 'web-1 app 2026-09-21T14:13:20.12Z ERROR one card');
});

test('raw is the line untouched, JSON everything, jsonl what logcli prints', () => {
  assert.equal(createPrinter({ ...options, output: 'raw' }, true)(LINE, STREAM), `${LINE.line}\n`);
  assert.deepEqual(JSON.parse(createPrinter({ ...options, output: 'json' }, true)(LINE, STREAM)), {
    timestamp: '2026-09-21T14:13:20.12Z',
    service: 'web',
    level: 'ERROR',
    line: LINE.line,
    labels: STREAM.labels,
    metadata: LINE.metadata,
    parsed: LINE.parsed,
    traceId: 'ab',
  });
  assert.deepEqual(JSON.parse(createPrinter({ ...options, output: 'jsonl' }, true)(LINE, STREAM)), {
    labels: { ...STREAM.labels, user_id: '7', status: '500' },
    line: LINE.line,
    timestamp: '2026-09-21T14:13:20.12Z',
  });
});
