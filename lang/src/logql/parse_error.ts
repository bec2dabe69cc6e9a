/** A query that is not LogQL. The message is worded as Loki words it; `start` and `end` are UTF-16 offsets. */
export class LogqlParseError extends Error {
  override readonly name = 'LogqlParseError';
  readonly start: number;
  readonly end: number;
  /** The message without the "parse error at …" prefix. */
  readonly detail: string;
  constructor(message: string, detail: string, start: number, end: number) {
    super(message);
    this.detail = detail;
    this.start = start;
    this.end = end;
  }
}

/** An error with a place: `parse error at line 1, col 5: …` (columns count characters from 1). */
export function errorAt(input: string, detail: string, start: number, end: number = start + 1): LogqlParseError {
  const before = input.slice(0, start);
  const line = before.split('\n').length;
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length + 1;
  return new LogqlParseError(`parse error at line ${line}, col ${column}: ${detail}`, detail, start, end);
}

/** An error of meaning, which Loki reports without a place: `parse error : …`. The offsets are ours, for the editor. */
export function errorWithoutPlace(detail: string, span: { start: number; end: number }): LogqlParseError {
  return new LogqlParseError(`parse error : ${detail}`, detail, span.start, span.end);
}
