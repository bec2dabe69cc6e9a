import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';

/** Pre-encoded requests in one file: u32 length, u32 records, bytes, … Generation stays outside the clock. */
export interface DatasetInfo {
  readonly requests: number;
  readonly records: number;
  readonly rawBytes: number;
}

export interface DatasetWriter {
  /** @param records samples, lines or spans in the body; @param rawBytes their size before compression */
  add(body: Uint8Array, records: number, rawBytes: number): void;
  finish(): DatasetInfo;
}

/** Opens a file for writing requests one after another. */
export function createDataset(path: string): DatasetWriter {
  const file = openSync(path, 'w');
  const head = Buffer.alloc(8);
  let requests = 0;
  let records = 0;
  let rawBytes = 0;
  return {
    add(body, count, raw) {
      head.writeUInt32LE(body.length, 0);
      head.writeUInt32LE(count, 4);
      writeSync(file, head);
      writeSync(file, body);
      requests++;
      records += count;
      rawBytes += raw;
    },
    finish() {
      closeSync(file);
      return { requests, records, rawBytes };
    },
  };
}

/** The requests of a file in order, read as they are asked for. */
export function* readDataset(path: string): Generator<{ readonly body: Buffer; readonly records: number }> {
  const file = openSync(path, 'r');
  try {
    const size = statSync(path).size;
    const head = Buffer.alloc(8);
    let offset = 0;
    while (offset < size) {
      readSync(file, head, 0, 8, offset);
      const body = Buffer.allocUnsafe(head.readUInt32LE(0));
      readSync(file, body, 0, body.length, offset + 8);
      offset += 8 + body.length;
      yield { body, records: head.readUInt32LE(4) };
    }
  } finally {
    closeSync(file);
  }
}
