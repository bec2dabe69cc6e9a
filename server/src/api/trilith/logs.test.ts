import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogqlError } from '../../query/index.ts';
import { logQuery } from './logs.ts';
import { RequestError } from './respond.ts';

test('a pattern that does not compile is refused before anything is looked for', () => {
  for (const stage of ['|~ "("', '| a=~"("', '| regexp "("', '| json a="[["'])
    assert.throws(() => logQuery(`{service="nobody"} ${stage}`), LogqlError, stage);
  assert.equal(logQuery('{service="nobody"} |~ "(a|b)" | json').stages.length, 2);
  assert.throws(() => logQuery('rate({service="nobody"}[1m])'), RequestError);
});
