import type { LogRows } from '../../store/index.ts';

type Reader<T> = (row: number) => T;

/** Some rows of records, read when they are asked for. */
export function chosenRows(records: LogRows, rows: readonly number[]): LogRows {
  return rowsBy(records, rows, (read) => (row) => read(rowAt(rows, row)));
}

/** Some rows of records, read now: the bytes they lie in are not needed any more. @param withResource whether resources are */
export function pickRows(records: LogRows, rows: readonly number[], withResource: boolean): LogRows {
  const readable = withResource ? records : { ...records, resource: () => [] };
  return rowsBy(readable, rows, (read) => {
    const values = rows.map(read);
    return (row) => rowAt(values, row);
  });
}

function rowsBy(records: LogRows, rows: readonly number[], own: <T>(read: Reader<T>) => Reader<T>): LogRows {
  return {
    rows: rows.length,
    times: BigInt64Array.from(rows, (row) => records.times[row] as bigint),
    streamIds: BigUint64Array.from(rows, (row) => records.streamIds[row] as bigint),
    traceId: own(records.traceId),
    spanId: own(records.spanId),
    requestId: own(records.requestId),
    userId: own(records.userId),
    severity: own(records.severity),
    service: own(records.service),
    body: own(records.body),
    attributes: own(records.attributes),
    resource: own(records.resource),
  };
}

function rowAt<T>(values: readonly T[], row: number): T {
  if (row >= values.length) throw new RangeError(`row ${row} of ${values.length}`);
  return values[row] as T;
}
