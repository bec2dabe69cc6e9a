import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeLabelBytes, LABEL_BYTES_VARIANT } from '../model/label_bytes.ts';
import { type Labels, labelsFrom, labelsKey, labelValue } from '../model/labels.ts';
import { dayOf } from '../model/units.ts';
import { SeriesInterner } from './interner.ts';
import { murmur3 } from './series_id.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 15, 12);
const TODAY = dayOf(NOW);
const make = (limit = 1000) =>
  new SeriesInterner({ prefixOf: (labels) => labelValue(labels, '__name__'), limit, activityMs: HOUR });
const named = (name: string, ...rest: [string, string][]) => labelsFrom([['__name__', name], ...rest]);
const text = (value: string) => new TextEncoder().encode(value);
const idOf = (interner: SeriesInterner, reference: number) =>
  (BigInt(interner.idHigh[reference] ?? 0) << 32n) | BigInt(interner.idLow[reference] ?? 0);

const labelSets: fc.Arbitrary<Labels> = fc
  .array(
    fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), fc.string({ unit: 'grapheme', maxLength: 40 })),
    { maxLength: 6 },
  )
  .map((pairs) => labelsFrom(pairs.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()])));

test('equal label sets share a reference, different ones never do, and labels read back', () => {
  fc.assert(
    fc.property(fc.array(labelSets, { maxLength: 60 }), (sets) => {
      const interner = make();
      interner.beginRequest(NOW);
      const seen = new Map<string, number>();
      for (const labels of sets) {
        const reference = interner.intern(labels);
        const known = seen.get(labelsKey(labels));
        if (known === undefined) {
          assert.ok(![...seen.values()].includes(reference));
          seen.set(labelsKey(labels), reference);
        } else assert.equal(reference, known);
        assert.deepEqual(interner.labels(reference), labels);
      }
    }),
    { numRuns: 300 },
  );
});

test('raw bytes are found only under their own variant, and share the reference of equal labels', () => {
  const interner = make();
  interner.beginRequest(NOW);
  const labels = named('up', ['job', 'a']);
  const bytes = text('up{job="a"}');
  assert.equal(interner.find(bytes, 0, bytes.length, 1), -1);
  const reference = interner.add(bytes, 0, bytes.length, 1, labels);
  assert.equal(interner.find(bytes, 0, bytes.length, 1), reference);
  assert.equal(interner.find(bytes, 0, bytes.length, 2), -1);
  assert.equal(interner.find(bytes, 0, bytes.length - 1, 1), -1);
  const other = text('xx job=a, up');
  assert.equal(interner.add(other, 3, other.length, 2, labels), reference);
  assert.equal(interner.find(other, 3, other.length, 2), reference);
  const encoded = Buffer.alloc(100);
  const end = encodeLabelBytes(labels, encoded, 0);
  assert.equal(interner.find(encoded, 0, end, LABEL_BYTES_VARIANT), reference);
  assert.equal(interner.active, 1);
});

test('a hundred thousand series keep their references, ids are unique and sort by metric', () => {
  const interner = make(200_000);
  interner.beginRequest(NOW);
  const ids = new Set<bigint>();
  const highs = new Map<number, number>();
  for (let i = 0; i < 100_000; i++) {
    const reference = interner.intern(named(`metric_${i % 7}`, ['instance', `host-${i}`]));
    assert.equal(reference, i);
    ids.add(idOf(interner, reference));
    const prefix = (interner.idHigh[reference] ?? 0) >>> 16;
    assert.equal(highs.get(i % 7) ?? prefix, prefix);
    highs.set(i % 7, prefix);
  }
  assert.equal(ids.size, 100_000);
  for (let i = 0; i < 100_000; i += 997) {
    assert.equal(interner.intern(named(`metric_${i % 7}`, ['instance', `host-${i}`])), i);
  }
});

test('ids do not depend on the process or the order of arrival', () => {
  const [left, right] = [make(), make()];
  left.beginRequest(NOW);
  right.beginRequest(NOW);
  right.intern(named('other'));
  const [a, b] = [left.intern(named('up', ['job', 'x'])), right.intern(named('up', ['job', 'x']))];
  assert.equal(idOf(left, a), idOf(right, b));
});

test('the hash is MurmurHash3 as published', () => {
  const hello = text('hello, world');
  assert.equal(murmur3(hello, 0, hello.length, 0), 0x149bbb7f);
  assert.equal(murmur3(new Uint8Array(0), 0, 0, 1), 0x514e28b7);
  const fox = text('The quick brown fox jumps over the lazy dog');
  assert.equal(murmur3(fox, 0, fox.length, 0x9747b28c), 0x2fa826cd);
});

test('at the limit new series are refused and known ones keep flowing', () => {
  const interner = make(2);
  interner.beginRequest(NOW);
  assert.equal(interner.intern(named('a')), 0);
  assert.equal(interner.intern(named('b')), 1);
  assert.equal(interner.intern(named('c')), -2);
  const bytes = text('c');
  assert.equal(interner.add(bytes, 0, 1, 1, named('c')), -2);
  assert.equal(interner.find(bytes, 0, 1, 1), -1);
  assert.equal(interner.intern(named('a')), 0);
});

test('idle series free their place; references are not reused and used series stay', () => {
  const interner = make(2);
  interner.beginRequest(NOW);
  const stays = interner.intern(named('stays'));
  const bytes = text('raw stays');
  interner.add(bytes, 0, bytes.length, 1, named('stays'));
  const goes = interner.intern(named('goes'));
  for (let hour = 1; hour <= 2; hour++) {
    interner.beginRequest(NOW + hour * HOUR);
    assert.equal(interner.find(bytes, 0, bytes.length, 1), stays);
  }
  interner.beginRequest(NOW + 3 * HOUR);
  assert.equal(interner.active, 1);
  assert.throws(() => interner.labels(goes), RangeError);
  const back = interner.intern(named('goes'));
  assert.ok(back > goes);
  assert.equal(idOf(interner, back), idOf(interner, goes));
  assert.deepEqual(interner.labels(stays), named('stays'));
  assert.equal(interner.find(bytes, 0, bytes.length, 1), stays);
});

test('a daily row is asked for until it is acknowledged, then not again that day', () => {
  const interner = make();
  interner.beginRequest(NOW);
  const a = interner.intern(named('a'));
  assert.deepEqual([...interner.takeUnwritten(TODAY)], [a]);
  interner.beginRequest(NOW);
  const b = interner.intern(named('b'));
  interner.intern(named('a'));
  const rows = interner.takeUnwritten(TODAY);
  assert.deepEqual([...rows].sort(), [a, b]);
  interner.markWritten(rows, TODAY);
  interner.beginRequest(NOW);
  interner.intern(named('a'));
  assert.deepEqual([...interner.takeUnwritten(TODAY)], []);
  assert.deepEqual([...interner.takeUnwritten(dayOf(NOW - 24 * HOUR))], [a]);
  interner.beginRequest(NOW + 24 * HOUR);
  interner.intern(named('a'));
  assert.deepEqual([...interner.takeUnwritten(dayOf(NOW + 24 * HOUR))].length, 1);
  assert.deepEqual([...interner.takeUnwritten(TODAY)], [], 'yesterday is still known to be written');
});

test('days recur every 32 days and are not mistaken for one another', () => {
  const interner = make();
  interner.beginRequest(NOW);
  const a = interner.intern(named('a'));
  interner.markWritten(Int32Array.of(a), TODAY);
  for (let day = 1; day <= 64; day++) {
    const now = NOW + day * 24 * HOUR;
    interner.beginRequest(now);
    const reference = interner.intern(named('a'));
    assert.deepEqual([...interner.takeUnwritten(dayOf(now))], [reference], `day ${day}`);
    if (day % 2 === 0) interner.markWritten(Int32Array.of(reference), dayOf(now));
  }
});

test('a series costs at most 500 bytes', () => {
  const interner = make(200_000);
  interner.beginRequest(NOW);
  const rest: [string, string][] = Array.from({ length: 8 }, (_, i) => [`label_${i}`, `value-of-label-${i}`]);
  for (let i = 0; i < 50_000; i++)
    interner.intern(named('http_requests_total', ['instance', `10.0.0.${i}:9090`], ...rest));
  assert.ok(interner.bytes / 50_000 <= 500, `${interner.bytes / 50_000} bytes`);
});

test('ever new encodings of one series do not grow memory without bound', () => {
  const interner = make();
  interner.beginRequest(NOW);
  for (let i = 0; i < 20_000; i++) {
    const bytes = text(`encoding ${i} of up`);
    assert.equal(interner.add(bytes, 0, bytes.length, 1, named('up')), 0);
  }
  assert.ok(interner.bytes < 1_000_000, `${interner.bytes} bytes`);
});
