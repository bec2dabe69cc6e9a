import { type ProtobufReader, WIRE_VARINT } from '../../base/protobuf.ts';

/** google.protobuf.Timestamp in ms since the epoch. */
export function readTime(reader: ProtobufReader): number {
  let [seconds, nanos] = [0, 0];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_VARINT)) seconds = reader.int64Number();
    else if (tag === ((2 << 3) | WIRE_VARINT)) nanos = reader.int64Number();
    else reader.skip(tag);
  }
  return seconds * 1000 + Math.trunc(nanos / 1e6);
}
