export { unquote } from '../go_strings.ts';
export type * from './ast.ts';
export { RANGE_OPERATIONS, VECTOR_OPERATIONS } from './ast.ts';
export { type CompletionContext, completionContext } from './complete.ts';
export { LogqlParseError } from './parse_error.ts';
export { MAX_QUERY_LENGTH, type ParseOptions, parse } from './parser.ts';
export { print, printFilter, printLog, printSelector, printStage } from './print.ts';
export { quote } from './strings.ts';
export { TEMPLATE_FUNCTIONS, type TemplateFunction } from './template/functions.ts';
export { TemplateSyntaxError } from './template/lexer.ts';
export { parseTemplate } from './template/parse.ts';
export {
  type Command,
  type Operand,
  type Pipe,
  printCommand,
  printOperand,
  printPipe,
  type TemplateNode,
  type TemplateTree,
} from './template/tree.ts';
export { formatDuration, parseBytes, parseDuration, parseGoDuration, parsePrometheusDuration } from './units.ts';
