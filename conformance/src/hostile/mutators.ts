import { mutations, seededRandom } from '../../../server/src/base/mutations.ts';

/** Damage to a request that is deterministic: the same seed gives the same payloads. */
interface Mutator {
  readonly name: string;
  /** `other` is another capture of the same door. */
  readonly apply: (bytes: Buffer, other: Buffer, below: (limit: number) => number) => Buffer;
}

const LYING_LENGTHS = ['ffffffff07', 'ffffffff0f', 'ffffffffffffffffff01', '8080808010', 'ffff03'].map((hex) =>
  Buffer.from(hex, 'hex'),
);
const STRETCHED = ['80808080808080808000', '8080808080808080808000', 'ffffffffffffffffffff7f'].map((hex) =>
  Buffer.from(hex, 'hex'),
);
/** A lone surrogate, an overlong slash, a byte-order mark, NUL, a byte that begins nothing, a cut sequence. */
const BAD_TEXT = ['eda080', 'c0af', 'efbbbf', '00', 'ff', 'f09f98'].map((hex) => Buffer.from(hex, 'hex'));
const EDGE_NUMBERS = ['-0', '1e400', '9007199254740993', '-9223372036854775809', '18446744073709551616', 'NaN', '0x10'];
const UNKNOWN_FIELDS = ['c23e03414243', 'f8ffffff0f01', '0b0c', '1b', '07', '00', '0f00'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

function insert(bytes: Buffer, at: number, piece: Uint8Array, remove = 0): Buffer {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + remove)]);
}

function pick<T>(list: readonly T[], below: (limit: number) => number): T {
  return list[below(list.length)] as T;
}

/** Positions of the digits that begin a number of a text body. */
function numbersOf(bytes: Buffer): { readonly at: number; readonly length: number }[] {
  return [...bytes.toString('latin1').matchAll(/-?\d+(?:\.\d+)?/g)].map((match) => ({
    at: match.index,
    length: match[0].length,
  }));
}

const MUTATORS: readonly Mutator[] = [
  {
    name: 'bits, bytes and pieces',
    apply: (bytes, _, below) => Buffer.from([...mutations(bytes, 1, below(2 ** 31))][0] ?? bytes),
  },
  { name: 'truncation', apply: (bytes, _, below) => Buffer.from(bytes.subarray(0, below(bytes.length))) },
  {
    name: 'splice of two captures',
    apply: (bytes, other, below) =>
      Buffer.concat([bytes.subarray(0, below(bytes.length)), other.subarray(below(other.length))]),
  },
  { name: 'two captures in one', apply: (bytes, other) => Buffer.concat([bytes, other]) },
  {
    name: 'length lie',
    apply: (bytes, _, below) => insert(bytes, below(bytes.length), pick(LYING_LENGTHS, below), 1),
  },
  { name: 'varint stretch', apply: (bytes, _, below) => insert(bytes, below(bytes.length), pick(STRETCHED, below), 1) },
  { name: 'text damage', apply: (bytes, _, below) => insert(bytes, below(bytes.length), pick(BAD_TEXT, below)) },
  {
    name: 'unknown field or wire type',
    apply: (bytes, _, below) => insert(bytes, below(bytes.length + 1), pick(UNKNOWN_FIELDS, below)),
  },
  {
    name: 'wire type swap',
    apply: (bytes, _, below) => {
      const at = below(bytes.length);
      return insert(bytes, at, Uint8Array.of(((bytes[at] ?? 0) & 0xf8) | below(8)), 1);
    },
  },
  {
    name: 'number edge',
    apply: (bytes, _, below) => {
      const numbers = numbersOf(bytes);
      if (numbers.length === 0) return bytes;
      const { at, length } = pick(numbers, below);
      return insert(bytes, at, Buffer.from(pick(EDGE_NUMBERS, below)), length);
    },
  },
  {
    name: 'piece of zeros',
    apply: (bytes, _, below) => insert(bytes, below(bytes.length), Buffer.alloc(1 + below(64)), below(64)),
  },
];

/** `count` damaged bodies of the captures, every mutator in turn. */
export function* damaged(
  captures: readonly Buffer[],
  count: number,
  seed: number,
): Generator<{ readonly mutator: string; readonly body: Buffer }> {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * Math.max(1, limit));
  for (let i = 0; i < count; i++) {
    const mutator = MUTATORS[i % MUTATORS.length] as Mutator;
    const capture = captures[i % captures.length] as Buffer;
    yield { mutator: mutator.name, body: mutator.apply(capture, pick(captures, below), below) };
  }
}
