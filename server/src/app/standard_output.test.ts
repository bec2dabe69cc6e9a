import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { drained, written } from './standard_output.ts';

/** A stream whose reader takes one chunk each time it is told to. */
function slowReader(): { readonly stream: Writable; readonly taken: string[]; takeOne(): void } {
  const taken: string[] = [];
  let release: (() => void) | undefined;
  const stream = new Writable({
    highWaterMark: 4,
    write(chunk: Buffer, _, done) {
      release = () => {
        taken.push(chunk.toString());
        done();
      };
    },
  });
  return { stream, taken, takeOne: () => release?.() };
}

test('what was written is waited for until its reader has all of it', async () => {
  const { stream, taken, takeOne } = slowReader();
  for (const text of ['one\n', 'two\n', 'three\n']) stream.write(text);
  let isWritten = false;
  const all = written(stream).then(() => {
    isWritten = true;
  });
  for (let i = 0; i < 3; i++) {
    takeOne();
    await new Promise(setImmediate);
    assert.equal(isWritten, false);
  }
  takeOne();
  await all;
  assert.equal(taken.join(''), 'one\ntwo\nthree\n');
  stream.destroy();
  await written(stream);
});

test('a full stream is waited for, unless it is given up', async () => {
  const { stream, takeOne } = slowReader();
  const stop = new AbortController();
  await drained(stream, stop.signal);
  stream.write('more than it holds');
  const waiting = drained(stream, stop.signal);
  takeOne();
  await waiting;
  stream.write('more than it holds');
  const given = drained(stream, stop.signal);
  stop.abort();
  await given;
});
