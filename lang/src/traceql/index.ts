export type * from './ast.ts';
export { INTRINSICS } from './ast.ts';
export { TraceqlParseError, TraceqlUnsupportedError } from './errors.ts';
export { parse } from './parser.ts';
