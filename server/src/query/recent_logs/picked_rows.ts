import type { LogRows } from '../../store/index.ts';

/** Some rows of records, read now: the bytes they lie in are not needed any more. @param withResource whether resources are */
export function pickRows(records: LogRows, rows: readonly number[], withResource: boolean): LogRows {
  const picked = <T>(read: (row: number) => T): ((row: number) => T) => {
    const values = rows.map(read);
    return (row) => {
      if (row >= values.length) throw new RangeError(`row ${row} of ${values.length}`);
      return values[row] as T;
    };
  };
  return {
    rows: rows.length,
    times: BigInt64Array.from(rows, (row) => records.times[row] as bigint),
    streamIds: BigUint64Array.from(rows, (row) => records.streamIds[row] as bigint),
    traceId: picked(records.traceId),
    spanId: picked(records.spanId),
    requestId: picked(records.requestId),
    userId: picked(records.userId),
    severity: picked(records.severity),
    service: picked(records.service),
    body: picked(records.body),
    attributes: picked(records.attributes),
    resource: withResource ? picked(records.resource) : () => [],
  };
}
