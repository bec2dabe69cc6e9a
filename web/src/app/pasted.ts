/**
 * The trace id in pasted text: bare (32 hex digits), in a traceparent header, or inside a log line after `trace_id` in
 * any spelling. Null when there is none. An id of zeros is invalid by W3C Trace Context and never returned.
 */
export function traceIdIn(text: string): string | null {
  const trimmed = text.trim().slice(0, 10_000);
  const bare = /^[0-9a-fA-F]{32}$/.exec(trimmed)?.[0];
  const parent = /\b00-([0-9a-fA-F]{32})-[0-9a-fA-F]{16}-[0-9a-fA-F]{2}\b/.exec(trimmed)?.[1];
  const named = /trace[_-]?id["']?\s*[:=]\s*["']?([0-9a-fA-F]{32})\b/i.exec(trimmed)?.[1];
  const found = (bare ?? parent ?? named)?.toLowerCase();
  return found === undefined || /^0+$/.test(found) ? null : found;
}
