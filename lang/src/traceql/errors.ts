interface Place {
  readonly start: number;
  readonly end: number;
}

/** A query that cannot be used, worded as Tempo words it; offsets are UTF-16. */
export class TraceqlError extends Error {
  readonly start: number;
  readonly end: number;
  constructor(message: string, { start, end }: Place) {
    super(message);
    this.start = start;
    this.end = end;
  }
}

/** A query that is not TraceQL. */
export class TraceqlParseError extends TraceqlError {
  override readonly name = 'TraceqlParseError';
}

/** TraceQL that makes no sense: operands of types that do not go together, limits out of range. */
export class TraceqlCheckError extends TraceqlError {
  override readonly name = 'TraceqlCheckError';
}

/** TraceQL that upstream has the syntax for, and no meaning yet. */
export class TraceqlUnsupportedError extends TraceqlError {
  override readonly name = 'TraceqlUnsupportedError';
  constructor(what: string, place: Place) {
    super(`${what} not yet supported`, place);
  }
}

export function errorAt(input: string, detail: string, start: number, end: number = start + 1): TraceqlParseError {
  const before = input.slice(0, start);
  const line = before.split('\n').length;
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length + 1;
  return new TraceqlParseError(`parse error at line ${line}, col ${column}: ${detail}`, { start, end });
}
