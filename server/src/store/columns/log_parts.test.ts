import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Section } from '../../model/section.ts';
import type { Column } from '../native/columns.ts';
import { encodeBlock } from '../native/encode.ts';
import { NativeFormatError } from '../native/type.ts';
import type { LogRows } from '../reads/logs.ts';
import { TABLES } from '../tables.ts';
import { cutLogSection } from './log_cut.ts';
import { splitLogSection, viewLogParts } from './log_parts.ts';
import { linesWith, viewLogSection } from './log_view.ts';
import { readLogSection } from './read_sections.ts';

interface Made {
  readonly timeNs: bigint;
  readonly streamId: bigint;
  readonly traceId: string;
  readonly userId: string;
  readonly severity: string;
  readonly line: string;
  readonly attributes: readonly (readonly [string, string])[];
}

const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
const text = fc.oneof(
  fc.string(),
  fc.constantFrom('timeout', 'ошибка', ''),
  fc.string({ minLength: 150, maxLength: 400 }),
);
/** Ids stand in the line, near it, elsewhere, or are none. */
const made: fc.Arbitrary<Made> = fc
  .record({
    timeNs: fc.bigInt({ min: 0n, max: (1n << 62n) - 1n }),
    streamId: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    id: hex,
    before: text,
    after: text,
    isInLine: fc.boolean(),
    hasId: fc.boolean(),
    userId: fc.oneof(fc.constantFrom('', 'u1'), fc.string({ maxLength: 300 })),
    severity: fc.constantFrom('', 'INFO', 'ERROR'),
    attributes: fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'pod'), text), { selector: ([name]) => name }),
  })
  .map(({ id, before, after, isInLine, hasId, ...rest }) => ({
    ...rest,
    traceId: hasId ? id : '',
    line: `${before}${isInLine ? `trace_id=${id}` : id.slice(1)}${after}${rest.userId}`,
  }));

const texts = (values: readonly string[]): Extract<Column, { kind: 'strings' }> => ({ kind: 'strings', values });

function dictionary(values: readonly string[]): Column {
  const keys = [...new Set(values)];
  return { kind: 'dictionary', keys: texts(keys), indexes: Uint32Array.from(values, (value) => keys.indexOf(value)) };
}

function maps(rows: readonly Made['attributes'][]): Column {
  let end = 0;
  const offsets = Uint32Array.from(rows, ({ length }) => {
    end += length;
    return end;
  });
  const pairs = rows.flat();
  return {
    kind: 'map',
    offsets,
    keys: dictionary(pairs.map(([name]) => name)),
    values: texts(pairs.map(([, value]) => value)),
  };
}

function sectionOf(rows: readonly Made[]): Section {
  const none = rows.map(() => '');
  const bytes: Column = { kind: 'number', values: new Uint8Array(rows.length) };
  const columns: Readonly<Record<string, Column>> = {
    Timestamp: { kind: 'number', values: BigInt64Array.from(rows, ({ timeNs }) => timeNs) },
    StreamId: { kind: 'number', values: BigUint64Array.from(rows, ({ streamId }) => streamId) },
    TraceId: texts(rows.map(({ traceId }) => traceId)),
    UserId: texts(rows.map(({ userId }) => userId)),
    SeverityText: dictionary(rows.map(({ severity }) => severity)),
    Body: texts(rows.map(({ line }) => line)),
    LogAttributes: maps(rows.map(({ attributes }) => attributes)),
  };
  const data = TABLES.otel_logs.slice(0, -1).map(([name, type]): Column => {
    if (columns[name] !== undefined) return columns[name];
    if (type === 'UInt8') return bytes;
    if (type.startsWith('Map')) return maps(rows.map(() => []));
    return type === 'String' ? texts(none) : dictionary(none);
  });
  const block = encodeBlock(TABLES.otel_logs, data, rows.length, { omitLast: true });
  return { table: 'otel_logs', partition: 0, rows: rows.length, block };
}

function allOf(rows: LogRows) {
  return Array.from({ length: rows.rows }, (_, row) => ({
    time: rows.times[row],
    stream: rows.streamIds[row],
    ids: [rows.traceId(row), rows.spanId(row), rows.requestId(row), rows.userId(row)],
    severity: rows.severity(row),
    service: rows.service(row),
    line: rows.body(row),
    attributes: rows.attributes(row),
    resource: rows.resource(row),
  }));
}

test('records read as they came, from their two parts, and from smaller sections, are those of the section', () => {
  fc.assert(
    fc.property(fc.array(made, { minLength: 1, maxLength: 12 }), (rows) => {
      const section = sectionOf(rows);
      const { lines, rest } = splitLogSection(section.block);
      const whole = allOf(readLogSection(section));
      assert.deepEqual(
        whole.map(({ line, ids }) => [line, ids[0], ids[3]]),
        rows.map(({ line, traceId, userId }) => [line, traceId, userId].map((t) => t.toWellFormed())),
      );
      assert.deepEqual(allOf(viewLogSection(section.block)), whole);
      assert.deepEqual(allOf(viewLogParts(lines, rest)), whole);
      for (const most of [1, 5]) {
        const cut = cutLogSection(section, most);
        assert.ok(cut.every((piece) => piece.rows <= most));
        assert.deepEqual(
          cut.flatMap((piece) => allOf(readLogSection(piece))),
          whole,
        );
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('records that have names of their own are not cut: each part would have all names', () => {
  const blank = { timeNs: 1n, streamId: 1n, traceId: '', userId: '', severity: '', line: 'a' };
  const section = sectionOf(
    Array.from({ length: 2_000 }, (_, row) => ({ ...blank, attributes: [[`${row} `.padEnd(500, 'k'), 'v']] as const })),
  );
  assert.deepEqual(cutLogSection(section, 100), [section]);
});

test('rows with a text are found whatever stands around it, and not across the end of a line', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\u0001', '\u0002'), maxLength: 6 }), {
        minLength: 1,
        maxLength: 20,
      }),
      (lines) => {
        const blank = { timeNs: 1n, streamId: 1n, traceId: '', userId: '', severity: '', attributes: [] };
        const whole = splitLogSection(sectionOf(lines.map((line) => ({ ...blank, line }))).block).lines;
        for (const needle of ['a', 'ab', 'ba', 'aab', 'b\u0002', '\u0001a', '\u0002'])
          assert.deepEqual(
            linesWith(Buffer.from(whole), Buffer.from(needle)),
            lines.flatMap((line, row) => (line.includes(needle) ? [row] : [])),
            needle,
          );
      },
    ),
    { seed: 6, numRuns: 500 },
  );
});

test('bytes that are no section of log records are refused', () => {
  const { block } = sectionOf([
    { timeNs: 1n, streamId: 2n, traceId: '', userId: '', severity: '', line: 'a', attributes: [] },
  ]);
  assert.throws(() => viewLogSection(block.slice(0, block.length - 4)), NativeFormatError);
  assert.throws(() => viewLogSection(new Uint8Array([3, 1, 0])), NativeFormatError);
});
