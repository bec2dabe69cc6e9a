/** A query that is not TraceQL, worded as Tempo words it; offsets are UTF-16. */
export class TraceqlParseError extends Error {
  override readonly name = 'TraceqlParseError';
  readonly start: number;
  readonly end: number;
  constructor(message: string, start: number, end: number) {
    super(message);
    this.start = start;
    this.end = end;
  }
}

/** TraceQL that is not evaluated yet, refused by name. */
export class TraceqlUnsupportedError extends Error {
  override readonly name = 'TraceqlUnsupportedError';
  readonly start: number;
  readonly end: number;
  constructor(what: string, span: { readonly start: number; readonly end: number }) {
    super(`${what} is not supported yet (at character ${span.start + 1})`);
    this.start = span.start;
    this.end = span.end;
  }
}

export function errorAt(input: string, detail: string, start: number, end: number = start + 1): TraceqlParseError {
  const before = input.slice(0, start);
  const line = before.split('\n').length;
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length + 1;
  return new TraceqlParseError(`parse error at line ${line}, col ${column}: ${detail}`, start, end);
}
