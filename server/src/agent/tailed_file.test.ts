import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TailedFile } from './tailed_file.ts';

const FLUENT_BIT = new URL('../../../../shared/conformance/fluent-bit/tail/', import.meta.url);
const missing = existsSync(FLUENT_BIT) ? false : 'the upstream inputs are not beside the repository';

/** All whole lines of a file, read with chunks of so many bytes. */
async function linesOf(path: string, encoding: string | undefined, chunkBytes: number): Promise<string[]> {
  const lines: string[] = [];
  const file = await TailedFile.open(
    {
      source: path,
      path,
      former: [],
      format: { container: false, grouping: undefined, encoding },
      maxLineBytes: 1 << 18,
      now: Date.now,
      emit: (_, { bytes, start, end }) => lines.push(bytes.toString('utf8', start, end)),
    },
    undefined,
    false,
  );
  try {
    const chunk = Buffer.alloc(chunkBytes);
    while ((await file.read(chunk)) === 'more');
    return lines;
  } finally {
    await file.close();
  }
}

for (const [name, label] of [
  ['big5', 'big5'],
  ['gb18030', 'gb18030'],
  ['gbk', 'gbk'],
  ['sjis', 'shift_jis'],
  ['win1250', 'windows-1250'],
  ['win1251', 'windows-1251'],
  ['win1252', 'windows-1252'],
  ['win1253', 'windows-1253'],
  ['win1254', 'windows-1254'],
  ['win1255', 'windows-1255'],
  ['win1256', 'windows-1256'],
] as const) {
  test(`${label} is read as upstream reads it, however it is cut into reads`, { skip: missing }, async () => {
    const out = readFileSync(new URL(`out/generic_enc_${name}.out`, FLUENT_BIT), 'utf8')
      .trim()
      .split('\n');
    const expected = out.map((line) => (JSON.parse(line) as { log: string }).log);
    const path = fileURLToPath(new URL(`log/generic_enc_${name}.log`, FLUENT_BIT));
    const whole = await linesOf(path, label, 4096);
    // Upstream's outputs leave out some lines at the end.
    assert.deepEqual(whole.slice(0, expected.length), expected);
    for (const chunkBytes of [1, 7]) assert.deepEqual(await linesOf(path, label, chunkBytes), whole);
  });
}

test('blank lines are records too, as upstream has them', { skip: missing }, async () => {
  const path = fileURLToPath(new URL('log/3943.log', FLUENT_BIT));
  const out = readFileSync(new URL('out/3943.out', FLUENT_BIT), 'utf8').trim().split('\n');
  const expected = out.map((line) => (JSON.parse(line) as { log: string }).log);
  assert.deepEqual((await linesOf(path, undefined, 3)).slice(0, expected.length), expected);
});
