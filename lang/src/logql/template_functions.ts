/** Functions of Go's templates, and those Loki adds: the sprig ones and its own, as its documentation lists them. */
const FUNCTIONS = [
  ...['and', 'call', 'eq', 'ge', 'gt', 'html', 'index', 'js', 'le', 'len', 'lt', 'ne', 'not', 'or', 'print', 'printf'],
  ...['println', 'slice', 'urlquery', '__line__', '__timestamp__'],
  ...['b64enc', 'b64dec', 'lower', 'upper', 'title', 'trunc', 'substr', 'contains', 'hasPrefix', 'hasSuffix', 'indent'],
  ...['nindent', 'replace', 'repeat', 'trim', 'trimAll', 'trimSuffix', 'trimPrefix', 'int', 'float64', 'add', 'sub'],
  ...['mul', 'div', 'mod', 'addf', 'subf', 'mulf', 'divf', 'max', 'min', 'maxf', 'minf', 'ceil', 'floor', 'round'],
  ...['fromJson', 'date', 'toDate', 'now', 'unixEpoch', 'default'],
  ...['ToLower', 'ToUpper', 'Replace', 'Trim', 'TrimLeft', 'TrimRight', 'TrimPrefix', 'TrimSuffix', 'TrimSpace'],
  ...['regexReplaceAll', 'regexReplaceAllLiteral', 'count', 'urldecode', 'urlencode', 'bytes', 'duration'],
  ...['duration_seconds', 'unixEpochMillis', 'unixEpochNanos', 'toDateInZone', 'unixToTime', 'alignLeft', 'alignRight'],
];

/** The language of line_format and label_format. */
export const LOGQL_TEMPLATES: { readonly functions: ReadonlySet<string> } = { functions: new Set(FUNCTIONS) };
