import { render, type Sql } from './sql.ts';

/** A statement as one request carries it. */
export interface RequestBody {
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  /** What goes into the URL. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Above this parameters travel in a multipart body: servers bound the length of a URL (1 MiB by default). */
const MAX_URL_BYTES = 8 * 1024;
/** Above this a list of numbers is written into the statement: servers bound one form field (128 KiB by default). */
const MAX_FIELD_BYTES = 64 * 1024;
const NUMBER_LIST = /^Array\((U?Int(8|16|32|64)|Float(32|64))\)$/;
const NUMBERS_ONLY = /^\[[\d,.+\-e]*\]$/;
const DEFAULT_QUERY_BYTES = 256 * 1024;

/** Statement and bound values in the form that fits their size. */
export function requestBody(statement: Sql): RequestBody {
  const { text, params } = render(inlineLongLists(statement));
  const parameters = new Map<string, string>();
  const query = Buffer.from(text);
  if (query.length >= DEFAULT_QUERY_BYTES) parameters.set('max_query_size', String(query.length + 1024));
  const size = Object.values(params).reduce((sum, value) => sum + value.length, 0);
  if (size <= MAX_URL_BYTES) {
    for (const [name, value] of Object.entries(params)) parameters.set(name, value);
    return { body: query, contentType: undefined, parameters };
  }
  const boundary = `trilith${crypto.randomUUID().replaceAll('-', '')}`;
  const parts: Uint8Array[] = [];
  for (const [name, value] of [['query', text], ...Object.entries(params)] as const) {
    parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`));
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return { body: Buffer.concat(parts), contentType: `multipart/form-data; boundary=${boundary}`, parameters };
}

/** Replaces placeholders of long number lists by their text, which by its characters can be nothing else. */
function inlineLongLists(statement: Sql): Sql {
  const long = (index: number): string | undefined => {
    const param = statement.params[index];
    if (param === undefined || param.value.length <= MAX_FIELD_BYTES) return undefined;
    return NUMBER_LIST.test(param.type) && NUMBERS_ONLY.test(param.value) ? param.value : undefined;
  };
  if (!statement.params.some((_, i) => long(i) !== undefined)) return statement;
  const pieces = statement.text.split('\u0000');
  let text = pieces[0] ?? '';
  pieces.slice(1).forEach((piece, i) => {
    text += (long(i) ?? '\u0000') + piece;
  });
  return { text, params: statement.params.filter((_, i) => long(i) === undefined) };
}
