import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('a command without its inputs says so and ends with 2, which is neither passed nor failed', () => {
  const source = `
    import { hasInputs } from ${JSON.stringify(new URL('upstream_inputs.ts', import.meta.url).href)};
    console.log(hasInputs(process.execPath), process.exitCode);
    console.log(hasInputs(new URL('file:///nowhere/shared/conformance/logql/')));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
  });
  assert.equal(status, 2);
  assert.equal(stdout, 'true undefined\nfalse\n');
  assert.match(stderr, /not here \(\.\.\/shared\/conformance\/logql\/\): nothing was run/);
});
