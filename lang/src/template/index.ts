/** Go's text/template and html/template: read, checked and rendered with a budget. */
export { BUILTIN_FUNCTIONS } from './builtin_functions.ts';
export { byteLength, bytesLess, encodeQuery, sliceBytes } from './bytes.ts';
export { execute, type RenderOptions } from './evaluate.ts';
export {
  type Functions,
  type FunctionType,
  MAX_OUTPUT,
  type NamedType,
  ofStrings,
  type ParameterType,
  type RenderNamed,
  size,
  text,
} from './function_type.ts';
export { fourDigits, humanize, humanize1024, humanizeDuration, toFloat } from './humanize.ts';
export { syntaxErrorText, TemplateSyntaxError } from './lexer.ts';
export { parseTemplate, type TemplateLanguage } from './parse.ts';
export { display, plain, sprint } from './print.ts';
export { sprintf } from './printf.ts';
export { expandReferences, replaceMatches, templatePattern } from './regex_functions.ts';
export { cutLayout, DAYS, durationText, floorDiv, formatOffset, formatTime, MONTHS, utcMs } from './time_format.ts';
export { ZERO_TIME } from './time_methods.ts';
export { zoneOf } from './time_zone.ts';
export type { TemplateBody, TemplateNode, TemplateTree } from './tree.ts';
export {
  entriesOf,
  formatFloat,
  fromJson,
  GoDuration,
  GoTime,
  type GoType,
  isTrue,
  itemsOf,
  type Method,
  Named,
  type SafeKind,
  safeText,
  sortedMap,
  stringMap,
  struct,
  TemplateError,
  typeName,
  UTC,
  type Value,
  type ValueMap,
  withExponent,
  type Zone,
} from './value.ts';
