export type * from './ast.ts';
export { INTRINSICS } from './ast.ts';
export { completionContext } from './complete.ts';
export { TraceqlCheckError, TraceqlError, TraceqlParseError, TraceqlUnsupportedError } from './errors.ts';
export { parse } from './parser.ts';
