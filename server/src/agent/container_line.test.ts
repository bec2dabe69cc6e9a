import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ContainerLine, newContainerLine, readContainerLine } from './container_line.ts';

function read(text: string): (Omit<ContainerLine, 'body' | 'start' | 'end'> & { readonly text: string }) | undefined {
  const line = newContainerLine();
  // A line is read where it stands in a larger buffer.
  const bytes = Buffer.from(`before\n${text}\nafter`);
  const end = 7 + Buffer.byteLength(text);
  if (!readContainerLine(bytes, 7, end, line)) return undefined;
  const { seconds, nanoseconds, stream, partial } = line;
  return { seconds, nanoseconds, stream, partial, text: (line.body ?? bytes).toString('utf8', line.start, line.end) };
}

const AT = 1_475_453_829;

for (const [line, expected] of [
  ['2016-10-03T00:17:09.669794202Z stdout P one', [AT, 669_794_202, 'stdout', true, 'one']],
  ['2016-10-03T00:17:09.669794202Z stderr F two words', [AT, 669_794_202, 'stderr', false, 'two words']],
  ['2016-10-03T02:17:09.5+02:00 stdout F offset', [AT, 500_000_000, 'stdout', false, 'offset']],
  ['2016-10-02T18:47:09-05:30 stdout F no fraction', [AT, 0, 'stdout', false, 'no fraction']],
  ['2016-10-03T00:17:09.669794202Z stdout F ', [AT, 669_794_202, 'stdout', false, '']],
  ['2016-10-03T00:17:09.669794202Z stdout F', [AT, 669_794_202, 'stdout', false, '']],
  ['2016-10-03T00:17:09.669794202Z stdout P:x tags', [AT, 669_794_202, 'stdout', true, 'tags']],
  ['2016-10-03T00:17:09.669794202Z stdout F   indented ', [AT, 669_794_202, 'stdout', false, '  indented ']],
  ['{"log":"a\\u0041\\n","stream":"stderr","time":"2016-10-03T00:17:09.1Z"}', [AT, 100_000_000, 'stderr', false, 'aA']],
  ['{"log":"half","stream":"stdout","time":"2016-10-03T00:17:09.1Z"}', [AT, 100_000_000, 'stdout', true, 'half']],
  ['{"log":"no time\\n"}', [-1, 0, 'stdout', false, 'no time']],
  ['{"log":"ü🎉\\n","time":"nonsense"}', [-1, 0, 'stdout', false, 'ü🎉']],
] as const) {
  test(`a container’s line is read: ${line.slice(0, 60)}`, () => {
    const [seconds, nanoseconds, stream, partial, text] = expected;
    const found = read(line);
    assert.deepEqual(
      { ...found, nanoseconds: seconds < 0 ? 0 : found?.nanoseconds },
      { seconds, nanoseconds, stream, partial, text },
    );
  });
}

for (const line of [
  '',
  'plain text of an application',
  '2016-10-03T00:17:09.669794202Z',
  '2016-10-03T00:17:09.669794202Z stdlog F x',
  '2016-99-03T00:17:09.669794202Z stdout F x',
  '2016-10-03Txx:17:09.669794202Z stdout F x',
  '{"message":"an application’s own JSON"}',
  '{"log":5}',
  '{broken',
]) {
  test(`a line of another format is kept whole: ${line.slice(0, 40)}`, () => {
    const bytes = Buffer.from(line);
    const read = newContainerLine();
    assert.equal(readContainerLine(bytes, 0, bytes.length, read), false);
    assert.equal((read.body ?? bytes).toString('utf8', read.start, read.end), line);
    assert.equal(read.partial, false);
  });
}
