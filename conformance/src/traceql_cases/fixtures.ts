type Value = string | number | boolean | readonly (string | number | boolean)[] | { readonly float: number };
type Attributes = Readonly<Record<string, Value>>;

/** A span of a fixture, told by one letter. */
export interface FixtureSpan {
  readonly id: string;
  /** The letter of its parent; one that no span has is of a parent that does not arrive. */
  readonly parent?: string;
  /** Start after the fixture's own and duration, ms: its place in the list and 10 unless said. */
  readonly at?: number;
  readonly ms?: number;
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly status?: 'ok' | 'error';
  readonly message?: string;
  readonly attributes?: Attributes;
  readonly events?: readonly { readonly name: string; readonly at: number; readonly attributes?: Attributes }[];
  readonly links?: readonly { readonly trace: string; readonly span: string; readonly attributes?: Attributes }[];
  readonly scope?: { readonly name: string; readonly version: string; readonly attributes?: Attributes };
  readonly resource?: Attributes;
}

const EXCEPTION = { name: 'exception', at: 1, attributes: { type: 'Boom', retries: 2 } } as const;

/** One trace each. */
export const FIXTURES = {
  /**
   * a ─┬─ b ─┬─ d ── g
   *    │     └─ e
   *    └─ c ── f          o (its parent has not arrived) ── p
   */
  calls: [
    { id: 'a', ms: 100, kind: 'server', attributes: { n: 1, ratio: { float: 0.5 }, flag: true, who: 'ann' } },
    { id: 'b', parent: 'a', attributes: { n: 2, flag: false, who: 'bob' } },
    { id: 'c', parent: 'a', kind: 'client', status: 'error', message: 'declined', attributes: { n: 3 } },
    { id: 'd', parent: 'b', ms: 20, attributes: { n: 4, tags: ['red', 'green'] } },
    { id: 'e', parent: 'b', attributes: { n: '5', region: 'us' } },
    { id: 'f', parent: 'c', events: [EXCEPTION, { name: 'retry', at: 2 }] },
    {
      id: 'g',
      parent: 'd',
      links: [{ trace: 'f'.repeat(32), span: 'e'.repeat(16), attributes: { why: 'batch' } }],
    },
    { id: 'o', parent: '?', scope: { name: 'grpc', version: '1.2', attributes: { build: 'fast', level: 3 } } },
    { id: 'p', parent: 'o', kind: 'server' },
  ],
  /** Values of every type under one name, `v`; `w` is there or not. */
  values: [
    { id: 'a', attributes: { v: 0, w: '' } },
    { id: 'b', attributes: { v: -7, w: 'x y' } },
    { id: 'c', attributes: { v: { float: 2.5 }, w: 'Ünïcode' } },
    { id: 'd', attributes: { v: '2.5', w: 'say "hi"' } },
    { id: 'e', attributes: { v: true, w: 'back\\slash' } },
    { id: 'f', attributes: { v: false, w: 'line\nbreak' } },
    { id: 'g', attributes: { v: [1, 2, 3] } },
    { id: 'h', attributes: { v: ['x', 'y'] } },
    { id: 'i', attributes: { v: [true, false] } },
    { id: 'j', attributes: { v: 9007199254740992, 'name with spaces': 1, 'quoted"name': 2 } },
    { id: 'k', attributes: { 'a.b.c': 'deep', error: true, status: 'fine', duration: 5 } },
    { id: 'l', attributes: { v: 'error' }, resource: { v: 'of the resource', zone: 'z1' } },
    { id: 'm', resource: { v: 'of the resource', zone: 'z2' } },
  ],
  /** Twelve spans over a minute, four in each 20 s: letters of one step are neighbours. */
  minute: Array.from({ length: 12 }, (_, i) => ({
    id: 'abcdefghijkl'[i] as string,
    ...(i === 0 ? {} : { parent: 'a' }),
    at: i * 5000 + 100,
    ms: 2 ** (i % 4),
    kind: i % 2 === 0 ? ('server' as const) : ('client' as const),
    ...(i % 4 === 3 ? { status: 'error' as const } : {}),
    attributes: { n: i, half: { float: i / 2 }, side: i % 2 === 0 ? 'even' : 'odd', ...(i < 6 ? { early: true } : {}) },
  })),
} as const satisfies Readonly<Record<string, readonly FixtureSpan[]>>;

export type FixtureName = keyof typeof FIXTURES;

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

/** The id of the span with a letter: its code in hexadecimal, again and again. */
function spanId(letter: string): string {
  return letter.charCodeAt(0).toString(16).repeat(8);
}

/** The letter of the span with an id. */
export function letterOf(id: string): string {
  return String.fromCharCode(Number.parseInt(id.slice(0, 2), 16));
}

/** The id of a fixture's trace; each run has its own, so that servers may be asked more than once. */
export function traceId(name: FixtureName, run: number): string {
  return `${(Object.keys(FIXTURES).indexOf(name) + 1).toString(16)}${run.toString(16).padStart(31, '0')}`;
}

function anyValue(value: Value): Record<string, unknown> {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  if ('float' in value) return { doubleValue: value.float };
  return { arrayValue: { values: value.map(anyValue) } };
}

function attributesJson(attributes: Attributes = {}): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** The fixtures as an OTLP/JSON request. @param startNs when they begin */
export function otlpRequest(run: number, startNs: bigint): unknown {
  const names = Object.keys(FIXTURES) as FixtureName[];
  return {
    resourceSpans: names.flatMap((name) => {
      const spans: readonly FixtureSpan[] = FIXTURES[name];
      return spans.map((span, i) => ({
        resource: {
          attributes: attributesJson({ 'service.name': 'shop', region: 'eu', fixture: name, ...span.resource }),
        },
        scopeSpans: [
          {
            scope: span.scope === undefined ? {} : { ...span.scope, attributes: attributesJson(span.scope.attributes) },
            spans: [spanJson(span, traceId(name, run), startNs + BigInt(Math.round((span.at ?? i) * 1e6)))],
          },
        ],
      }));
    }),
  };
}

function spanJson(span: FixtureSpan, trace: string, startNs: bigint): Record<string, unknown> {
  const after = (ms: number): string => String(startNs + BigInt(ms) * 1_000_000n);
  return {
    traceId: trace,
    spanId: spanId(span.id),
    parentSpanId: span.parent === undefined ? '' : spanId(span.parent),
    name: span.id,
    kind: KINDS.indexOf(span.kind ?? 'internal'),
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: after(span.ms ?? 10),
    attributes: attributesJson(span.attributes),
    events: (span.events ?? []).map(({ name, at, attributes }) => ({
      name,
      timeUnixNano: after(at),
      attributes: attributesJson(attributes),
    })),
    links: (span.links ?? []).map(({ trace: traceOf, span: spanOf, attributes }) => ({
      traceId: traceOf,
      spanId: spanOf,
      attributes: attributesJson(attributes),
    })),
    status: { code: span.status === 'error' ? 2 : span.status === 'ok' ? 1 : 0, message: span.message ?? '' },
  };
}
