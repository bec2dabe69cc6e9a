/** What pasted text leads to. */
export type Pasted =
  | { readonly kind: 'trace'; readonly traceId: string; readonly spanId: string | null }
  | { readonly kind: 'query'; readonly screen: 'metrics' | 'logs' | 'traces'; readonly query: string }
  /** A page of this program, from a link that somebody sent. */
  | { readonly kind: 'page'; readonly path: string };

const longest = 20_000;
const hex32 = '[0-9a-f]{32}';
const hex16 = '[0-9a-f]{16}';
/** Between a name and its value: JSON, logfmt, headers, query strings; quotes may be escaped. */
const between = String.raw`\\?["']?\s*[:=]\s*\\?["']?`;

/** Ways a trace id is written, the surest first; group 1 is the trace, group 2 (if any) the span. */
const shapes: readonly RegExp[] = [
  // traceparent (W3C), in any text.
  new RegExp(`\\b[0-9a-f]{2}-(${hex32})-(${hex16})-[0-9a-f]{2}\\b`, 'i'),
  // b3: one header, 128 or 64 bits.
  new RegExp(`^(?:b3\\s*:\\s*)?(${hex32}|${hex16})-(${hex16})(?:-[01d](?:-${hex16})?)?$`, 'i'),
  // uber-trace-id: trace:span:parent:flags, without leading zeros.
  /^(?:uber-trace-id\s*:\s*)?([0-9a-f]{8,32})(?::|%3A)([0-9a-f]{1,16})(?::|%3A)[0-9a-f]{1,16}(?::|%3A)[0-9a-f]{1,2}$/i,
  // AWS: Root=1-5759e988-bd862e3fe1be46a994272793.
  /\b1-([0-9a-f]{8}-[0-9a-f]{24})\b/i,
  // …trace_id, traceId, TraceID, trace.id, otelTraceID, x-b3-traceid … with a value behind.
  new RegExp(`trace[_.-]?id${between}(${hex32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|${hex16})(?![0-9a-f])`, 'i'),
  // Jaeger's and our own pages: /trace/<id>.
  new RegExp(`/traces?/(${hex32}|${hex16})(?![0-9a-f])`, 'i'),
  // Alone, also as a UUID.
  new RegExp(`^(${hex32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`, 'i'),
];
const spanNamed = new RegExp(`span[_.-]?id${between}(${hex16})(?![0-9a-f])`, 'i');

/**
 * Where pasted text leads: to a trace by any spelling of its id (W3C, B3, Jaeger, AWS; in headers, log lines of JSON or
 * logfmt, addresses of Jaeger and Grafana), to a query that an address of Grafana or Prometheus holds, or to a page of
 * this program. Null when nothing is recognised. An id of zeros is none (W3C Trace Context).
 */
export function pastedIn(text: string, origin = ''): Pasted | null {
  const trimmed = text.trim().slice(0, longest);
  const address = addressOf(trimmed);
  if (address !== null && address.origin === origin) return { kind: 'page', path: address.pathname + address.search };
  const plain = address === null ? trimmed : decoded(trimmed);
  for (const shape of shapes) {
    const [, trace = '', span] = shape.exec(plain) ?? [];
    const traceId = padded(trace.replaceAll('-', ''), 32);
    if (trace === '' || /^0+$/.test(traceId)) continue;
    const spanId = span ?? spanNamed.exec(plain)?.[1];
    return { kind: 'trace', traceId, spanId: spanId === undefined ? null : padded(spanId, 16) };
  }
  return address === null ? null : queryOf(address, plain);
}

/** The trace id in pasted text; null when there is none. */
export function traceIdIn(text: string): string | null {
  const found = pastedIn(text);
  return found?.kind === 'trace' ? found.traceId : null;
}

const padded = (id: string, digits: number): string => id.toLowerCase().padStart(digits, '0');

function addressOf(text: string): URL | null {
  if (!/^https?:\/\/\S+$/i.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // A stray % typed by hand.
    return text;
  }
}

/** The query in an address of Prometheus (`g0.expr`) or Grafana's Explore (JSON in `left` or `panes`). */
function queryOf(address: URL, plain: string): Pasted | null {
  const own = address.searchParams.get('g0.expr');
  if (own !== null && own !== '') return { kind: 'query', screen: 'metrics', query: own };
  const json = address.searchParams.get('panes') ?? address.searchParams.get('left');
  if (json === null) return null;
  const query = /"(?:expr|query)":("(?:[^"\\]|\\.)+")/.exec(json)?.[1];
  if (query === undefined) return null;
  try {
    const said: unknown = JSON.parse(query);
    if (typeof said !== 'string') return null;
    const kind = /"type":"(loki|tempo|prometheus)"/.exec(plain)?.[1];
    const screen = kind === 'loki' ? 'logs' : kind === 'tempo' ? 'traces' : 'metrics';
    return { kind: 'query', screen, query: said };
  } catch {
    // No string after all: nothing we could open.
    return null;
  }
}
