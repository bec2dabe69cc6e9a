import { type Sql, sql } from '../../store/index.ts';

/** When the generated spans begin, ns, and how long they go on. */
export const GENERATED_START_NS = 1_790_000_040n * 1_000_000_000n;
export const GENERATED_SECONDS = 300n;

/**
 * Statements that fill a database with 1500 spans in 300 traces, one trace a second: `n` of every type, `w` on spans, resources
 * and events, three services, every kind and status, some traces without their root, some that stand for others; one in ten was
 * stored twice.
 */
export function generatedSpans(): readonly Sql[] {
  return [
    sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes,
        ResourceAttributeTypes, SpanAttributes, SpanAttributeTypes, Duration, StatusCode, StatusMessage,
        Events.Timestamp, Events.Name, Events.Attributes, Events.AttributeTypes, SampleWeight)
      WITH intDiv(number, 5) AS trace, number % 5 AS place, toDateTime64(1790000040, 9) AS start,
        ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'] AS kinds, number % 7 AS turn, cityHash64(number) AS chance,
        number % 11 = 0 AS told
      SELECT addMilliseconds(start, trace * 1000 + place * 7), lower(leftPad(hex(trace + 1), 32, '0')), lower(leftPad(hex(number + 1), 16, '0')),
        if(place = 0, if(trace % 9 = 8, 'ffffffffffffffff', ''), lower(leftPad(hex(trace * 5 + 1 + intDiv(place, 2) % 2), 16, '0'))),
        ['get', 'put', 'find'][chance % 3 + 1], kinds[intDiv(chance, 3) % 6 + 1], ['shop', 'bank', 'mail'][trace % 3 + 1],
        if(number % 13 = 0, map('service.name', ['shop', 'bank', 'mail'][trace % 3 + 1], 'w', 'of the resource', 'n', '3'),
          map('service.name', ['shop', 'bank', 'mail'][trace % 3 + 1])),
        if(number % 13 = 0, 'ssi', 's'),
        mapConcat(map('filler', 'x'), if(turn = 5, map(), map('n', [toString(chance % 9), toString(chance % 17 / 4), toString(chance % 9),
          ['true', 'false'][chance % 2 + 1], '[1,"x",2.5]', '', ''][turn + 1])), if(number % 2 = 0, map('w', ['x', 'y', 'x y', ''][chance % 4 + 1]), map())),
        concat('s', ['i', 'd', 's', 'b', 'j', '', 'n'][turn + 1], if(number % 2 = 0, 's', '')),
        1 + chance % 5000000000, ['Unset', 'Ok', 'Error'][intDiv(chance, 7) % 3 + 1], if(chance % 5 = 0, 'oops', ''),
        if(told, [start], []), if(told, ['said'], []), if(told, [map('w', 'x', 'only', 'here')], []), if(told, ['ss'], []), [1, 1, 4, 1, 1.5][trace % 5 + 1]
      FROM numbers(1500)`,
    sql`INSERT INTO otel_traces SELECT * FROM otel_traces WHERE cityHash64(SpanId) % 10 = 0`,
  ];
}
