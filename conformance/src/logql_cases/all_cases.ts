import { DROP_KEEP } from './cases/drop_keep.ts';
import { ERRORS } from './cases/errors.ts';
import { FORMATS } from './cases/formats.ts';
import { IP } from './cases/ip.ts';
import { LABEL_FILTERS } from './cases/label_filters.ts';
import { LINE_FILTERS } from './cases/line_filters.ts';
import { LINE_PATTERNS } from './cases/line_patterns.ts';
import { MALFORMED_LINES } from './cases/malformed_lines.ts';
import { METADATA } from './cases/metadata.ts';
import { METRICS_BINARY } from './cases/metrics_binary.ts';
import { METRICS_RANGES } from './cases/metrics_ranges.ts';
import { METRICS_VECTORS } from './cases/metrics_vectors.ts';
import { PARSERS_JSON } from './cases/parsers_json.ts';
import { PARSERS_LOGFMT } from './cases/parsers_logfmt.ts';
import { PARSERS_PATTERN } from './cases/parsers_pattern.ts';
import { PARSERS_REGEXP } from './cases/parsers_regexp.ts';
import { PARSERS_UNPACK } from './cases/parsers_unpack.ts';
import { SELECTORS } from './cases/selectors.ts';
import { SYNTAX_ERRORS } from './cases/syntax_errors.ts';
import { TEMPLATES } from './cases/templates.ts';
import type { LogCase } from './log_case.ts';

/** All cases, by the chapter of Loki's documentation whose rules they show. */
export const CASES: Readonly<Record<string, readonly LogCase[]>> = {
  'log_queries: drop and keep labels': DROP_KEEP,
  'query_reference: pipeline errors': ERRORS,
  'log_queries: line and labels format expression': FORMATS,
  'ip: matching IP addresses': IP,
  'log_queries: label filter expression': LABEL_FILTERS,
  'log_queries: line filter expression': LINE_FILTERS,
  'query_reference: pattern match filter operators': LINE_PATTERNS,
  'log_queries: parsers over malformed lines': MALFORMED_LINES,
  'log_queries: structured metadata beside labels': METADATA,
  'query_reference: binary operators': METRICS_BINARY,
  'metric_queries: log and unwrapped range aggregations': METRICS_RANGES,
  'metric_queries: built-in aggregation operators': METRICS_VECTORS,
  'log_queries: JSON': PARSERS_JSON,
  'log_queries: logfmt': PARSERS_LOGFMT,
  'log_queries: Pattern': PARSERS_PATTERN,
  'log_queries: Regular expression': PARSERS_REGEXP,
  'log_queries: unpack': PARSERS_UNPACK,
  'log_queries: log stream selector': SELECTORS,
  'query_reference: errors of syntax, worded and placed': SYNTAX_ERRORS,
  template_functions: TEMPLATES,
};
