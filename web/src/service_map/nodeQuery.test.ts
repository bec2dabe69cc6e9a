import { test } from 'node:test';
import { parse } from '@trilith/lang/traceql';
import { nodeQuery } from './nodeQuery.ts';

test('the spans behind every kind of node can be asked for, whatever its name', () => {
  for (const kind of ['service', 'database', 'queue', 'external'] as const)
    for (const name of ['ledger', 'a "quoted" \\ name', '{}|']) {
      parse(nodeQuery({ name, kind }));
      parse(nodeQuery({ name, kind }, true));
    }
});
