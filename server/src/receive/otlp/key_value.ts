import type { ProtobufReader } from '../../base/protobuf.ts';

/** The range of the last attribute read by `readKeyValue`, and of its value's message. */
export const keyValue = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };

/** Reads a KeyValue message at [start, end) into `keyValue`. Moves the reader. */
export function readKeyValue(reader: ProtobufReader, start: number, end: number): void {
  const outerEnd = reader.end;
  reader.position = start;
  reader.end = end;
  keyValue.keyStart = keyValue.keyEnd = keyValue.valueStart = keyValue.valueEnd = start;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) {
      keyValue.keyEnd = reader.lengthEnd();
      keyValue.keyStart = reader.position;
      reader.position = keyValue.keyEnd;
    } else if (tag === 0x12) {
      keyValue.valueEnd = reader.lengthEnd();
      keyValue.valueStart = reader.position;
      reader.position = keyValue.valueEnd;
    } else reader.skip(tag);
  }
  reader.end = outerEnd;
}
