/** TraceQL that finds spans by one attribute, as text: `{ span.http.route = "/pay" }`. */
export function traceqlOf(
  scope: 'span' | 'resource' | 'event',
  name: string,
  operator: '=' | '!=',
  value: string,
): string {
  const key = /^[\w.-]+$/.test(name) ? name : quoted(name);
  return `{ ${scope}.${key} ${operator} ${quoted(value)} }`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
