import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mayRepeat, newestLines } from './newest_lines.ts';

const NOW_MS = 1_790_000_000_000;

function asks(sinceMs: number): (timeNs: bigint, line: string) => boolean {
  const newest = newestLines(sinceMs);
  return (timeNs, line) => {
    const bytes = Buffer.from(line);
    return mayRepeat(newest, Number(timeNs & 0xffff_ffffn), Number(timeNs >> 32n), bytes, 0, bytes.length);
  };
}

test('a line that came before is always marked, whatever came between', () => {
  const line = fc.record({
    timeNs: fc.nat(40).map((n) => BigInt(NOW_MS) * 1_000_000n + BigInt(n) * 100n),
    line: fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('a', 'b', 'x'.repeat(200), `${'x'.repeat(199)}y`)),
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
      const ask = asks(0);
      const seen = new Set<string>();
      for (const { timeNs, line } of lines) {
        const key = `${timeNs} ${line}`;
        const marked = ask(timeNs, line);
        if (seen.has(key)) assert.ok(marked, `${key} was sent before`);
        seen.add(key);
      }
    }),
  );
});

test('lines in order of time are not marked, nor are different lines of one moment', () => {
  const ask = asks(0);
  for (let i = 0n; i < 100n; i++) assert.equal(ask(BigInt(NOW_MS + Number(i)) * 1_000_000n, 'line'), false);
  const moment = BigInt(NOW_MS + 1000) * 1_000_000n;
  for (let i = 0; i < 16; i++) assert.equal(ask(moment, `line ${i}`), false);
});

test('lines of the time before the process are marked, later ones are not', () => {
  const ask = asks(NOW_MS);
  assert.equal(ask(BigInt(NOW_MS) * 1_000_000n, 'a'), true);
  assert.equal(ask(BigInt(NOW_MS - 1) * 1_000_000n, 'a'), true);
  assert.equal(ask(BigInt(NOW_MS + 1) * 1_000_000n, 'a'), false);
});
