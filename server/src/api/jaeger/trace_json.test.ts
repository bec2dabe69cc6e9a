import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredSpan } from '../../store/index.ts';
import { jaegerTrace } from './trace_json.ts';

const NOTHING = { pairs: [], types: '' };

function span(spanId: string, parentSpanId: string, kind: string, service: string): StoredSpan {
  return {
    traceId: '0000000000000000000000000000000a',
    spanId,
    parentSpanId,
    traceState: '',
    name: `${service} ${kind}`,
    kind,
    service,
    startNs: 1_000n,
    durationNs: 1_000n,
    status: 'Unset',
    statusMessage: '',
    scopeName: '',
    scopeVersion: '',
    scopeAttributes: NOTHING,
    attributes: NOTHING,
    resource: NOTHING,
    resourceSchemaUrl: '',
    scopeSchemaUrl: '',
    numbers: new Map(),
    weight: 1,
    events: [],
    links: [],
  };
}

test('the sides of a call that share an id get their own, the answering one with its children below the asking one', () => {
  const trace = jaegerTrace('0000000000000000000000000000000a', [
    span('00000000000000a1', '', 'Server', 'shop'),
    span('00000000000000b1', '00000000000000a1', 'Client', 'shop'),
    span('00000000000000b1', '00000000000000a1', 'Server', 'bank'),
    span('00000000000000c1', '00000000000000b1', 'Internal', 'bank'),
  ]);
  const shown = trace.spans.map(({ operationName, spanID, references }) => {
    const [parent] = references as readonly { readonly spanID: string }[];
    return `${operationName}: ${spanID} below ${parent?.spanID ?? 'nothing'}`;
  });
  assert.deepEqual(shown, [
    'shop Server: 00000000000000a1 below nothing',
    'shop Client: 00000000000000b1 below 00000000000000a1',
    'bank Server: 0000000000000001 below 00000000000000b1',
    'bank Internal: 00000000000000c1 below 0000000000000001',
  ]);
});

test('processes are told apart by what they are, and an id of 64 bits keeps its digits', () => {
  const host = (name: string): StoredSpan => ({
    ...span('00000000000000a1', '', 'Server', 'shop'),
    resource: { pairs: ['service.name', 'shop', 'host.name', name], types: 'ss' },
  });
  const trace = jaegerTrace('0000000000000000000000000000000a', [host('one'), host('two'), host('one')]);
  assert.equal(trace.traceID, '000000000000000a');
  assert.deepEqual(
    trace.spans.map(({ processID }) => processID),
    ['p1', 'p2', 'p1'],
  );
  assert.deepEqual(trace.processes.p2?.tags, [{ key: 'host.name', type: 'string', value: 'two' }]);
});
