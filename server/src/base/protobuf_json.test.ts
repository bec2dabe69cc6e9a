import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutations } from './mutations.ts';
import { ProtobufError } from './protobuf.ts';
import { decodeProtobuf, encodeProtobuf, type ProtobufShape } from './protobuf_json.ts';

const INNER: ProtobufShape = {
  name: { number: 1, type: 'text' },
  again: { number: 2, type: { message: () => INNER }, repeats: 'list' },
};
const SHAPE: ProtobufShape = {
  text: { number: 1, type: 'text' },
  small: { number: 2, type: 'uint32' },
  big: { number: 3, type: 'uint64' },
  signed: { number: 4, type: 'int64' },
  ratio: { number: 5, type: 'double' },
  flag: { number: 6, type: 'bool' },
  bytes: { number: 17, type: 'bytes' },
  words: { number: 18, type: 'text', repeats: 'list' },
  inner: { number: 19, type: { message: () => INNER } },
  byName: { number: 20, type: { message: () => INNER }, repeats: 'map' },
};
const MESSAGE = {
  text: 'héllo',
  small: 4_000_000_000,
  big: '18446744073709551615',
  signed: '-5',
  ratio: -0.5,
  flag: true,
  bytes: 'AAH/',
  words: ['', 'b'],
  inner: { name: 'x', again: [{ name: 'y', again: [{}] }] },
  byName: { one: { name: '1' }, two: {} },
};

test('a message comes back as it went in, nested, repeated and by name', () => {
  const decoded = decodeProtobuf(SHAPE, encodeProtobuf(SHAPE, MESSAGE));
  assert.deepEqual(JSON.parse(JSON.stringify(decoded)), MESSAGE);
});

test('fields that are not there stay away, those nobody knows are skipped', () => {
  const known: ProtobufShape = { small: { number: 2, type: 'uint32' } };
  assert.deepEqual(Object.entries(decodeProtobuf(known, encodeProtobuf(SHAPE, MESSAGE))), [['small', 4_000_000_000]]);
  assert.equal(encodeProtobuf(SHAPE, { other: 1, text: undefined }).length, 0);
});

test('damaged messages are refused as such, never crash', () => {
  for (const damaged of mutations(encodeProtobuf(SHAPE, MESSAGE), 2000, 11)) {
    try {
      decodeProtobuf(SHAPE, damaged);
    } catch (error) {
      assert.ok(error instanceof ProtobufError, String(error));
    }
  }
});
