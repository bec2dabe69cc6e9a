import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fieldOfName } from './log_field_names.ts';
import { type LineFields, newLineFields, noteField } from './log_fields.ts';
import { scanLine } from './log_line.ts';
import { SEVERITY_NUMBERS, SEVERITY_TEXTS } from './severity.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

interface Found {
  level?: string;
  trace?: string;
  span?: string;
  request?: string;
  user?: string;
  errorType?: string;
  errorMessage?: string;
}

/** What a line says, as text; absent fields left out. */
function found(line: string, prefix = ''): Found {
  const bytes = Buffer.from(prefix + line);
  const fields: LineFields = newLineFields();
  scanLine(bytes, Buffer.byteLength(prefix), bytes.length, fields);
  const text = (start: number, end: number) => bytes.subarray(start, end).toString();
  const result: Found = {};
  if (fields.severity !== 0) result.level = SEVERITY_TEXTS[fields.severity] ?? '';
  if (fields.traceStart >= 0) result.trace = text(fields.traceStart, fields.traceEnd);
  if (fields.spanStart >= 0) result.span = text(fields.spanStart, fields.spanEnd);
  if (fields.requestStart >= 0) result.request = text(fields.requestStart, fields.requestEnd);
  if (fields.userStart >= 0) result.user = text(fields.userStart, fields.userEnd);
  if (fields.errorTypeStart >= 0) result.errorType = text(fields.errorTypeStart, fields.errorTypeEnd);
  if (fields.errorMessageStart >= 0) result.errorMessage = text(fields.errorMessageStart, fields.errorMessageEnd);
  return result;
}

/** A line as each library writes it with its defaults, cut to what matters. */
const LOGGERS: readonly (readonly [logger: string, line: string, found: Found])[] = [
  [
    'zap',
    `{"level":"error","ts":1763798400.1,"caller":"a.go:1","msg":"m","trace_id":"${TRACE}"}`,
    { level: 'ERROR', trace: TRACE },
  ],
  [
    'logstash-logback-encoder',
    `{"@timestamp":"2026-11-22T12:00:00Z","@version":"1","message":"m","level":"WARN","level_value":30000,"traceId":"${TRACE}","spanId":"${SPAN}"}`,
    { level: 'WARN', trace: TRACE, span: SPAN },
  ],
  [
    'log4j2 JsonLayout',
    `{"level":"ERROR","contextMap":{"trace_id":"${TRACE}","userId":"u"}}`,
    { level: 'ERROR', trace: TRACE, user: 'u' },
  ],
  ['GELF', '{"version":"1.1","host":"h","short_message":"m","level":3,"_user_id":"u"}', { level: 'ERROR', user: 'u' }],
  ['GELF, emergency', '{"level":0,"short_message":"m"}', { level: 'FATAL' }],
  ['structlog', '{"event":"m","level":"warning","request_id":"r"}', { level: 'WARN', request: 'r' }],
  [
    'loguru',
    `{"text":"m","record":{"elapsed":{"seconds":1},"exception":null,"extra":{"trace_id":"${TRACE}","user_id":7},"level":{"icon":"x","name":"SUCCESS","no":25},"message":"m"}}`,
    { level: 'INFO', trace: TRACE, user: '7' },
  ],
  ['pino', '{"level":50,"time":1763798400000,"pid":1,"hostname":"h","msg":"m"}', { level: 'ERROR' }],
  [
    'pino-http',
    '{"level":30,"req":{"id":"r-1","method":"GET","headers":{"id":"no"}},"msg":"m"}',
    { level: 'INFO', request: 'r-1' },
  ],
  [
    'serilog',
    `{"@t":"2026-11-22T12:00:00Z","@mt":"m {A}","@l":"Fatal","@tr":"${TRACE}","@sp":"${SPAN}"}`,
    { level: 'FATAL', trace: TRACE, span: SPAN },
  ],
  [
    'serilog without a level',
    '{"@t":"2026-11-22T12:00:00Z","@mt":"m","RequestId":"r"}',
    { level: 'INFO', request: 'r' },
  ],
  [
    'serilog JsonFormatter',
    '{"Level":"Warning","MessageTemplate":"m","Properties":{"UserId":"u"}}',
    { level: 'WARN', user: 'u' },
  ],
  [
    'bunyan',
    '{"name":"a","hostname":"h","pid":1,"level":60,"msg":"m","v":0,"req_id":"r"}',
    { level: 'FATAL', request: 'r' },
  ],
  [
    'ECS, nested',
    `{"log":{"level":"error","logger":"x"},"trace":{"id":"${TRACE}"},"span":{"id":"${SPAN}"},"user":{"id":"u","name":"n"},"http":{"request":{"id":"r"}}}`,
    { level: 'ERROR', trace: TRACE, span: SPAN, user: 'u', request: 'r' },
  ],
  [
    'ECS, dotted',
    `{"log.level":"warn","trace.id":"${TRACE}","http.request.id":"r"}`,
    { level: 'WARN', trace: TRACE, request: 'r' },
  ],
  [
    'Google Cloud',
    `{"severity":"NOTICE","message":"m","logging.googleapis.com/trace":"projects/p/traces/${TRACE}","logging.googleapis.com/spanId":"${SPAN}"}`,
    { level: 'INFO', trace: TRACE, span: SPAN },
  ],
  ['Datadog', `{"dd":{"trace_id":"${TRACE}","service":"a"},"status":"x"}`, { trace: TRACE }],
  [
    'tracing (Rust)',
    '{"timestamp":"x","level":"ERROR","fields":{"message":"m","request_id":"r"},"target":"t","span":{"name":"s"}}',
    { level: 'ERROR', request: 'r' },
  ],
  [
    'zap with an error',
    '{"level":"error","msg":"m","error":"context deadline exceeded","stacktrace":"main.go"}',
    { level: 'ERROR', errorMessage: 'context deadline exceeded' },
  ],
  [
    'pino with an error',
    '{"level":50,"err":{"type":"TypeError","message":"x is \\"null\\"","stack":"at a"},"msg":"m"}',
    { level: 'ERROR', errorType: 'TypeError', errorMessage: 'x is \\"null\\"' },
  ],
  [
    'bunyan with an error',
    '{"level":50,"err":{"message":"m","name":"Error","stack":"s"}}',
    { level: 'ERROR', errorType: 'Error', errorMessage: 'm' },
  ],
  [
    'ECS with an error',
    '{"log.level":"error","error.type":"java.io.IOException","error.message":"m","error.stack_trace":"s"}',
    { level: 'ERROR', errorType: 'java.io.IOException', errorMessage: 'm' },
  ],
  [
    'ECS with an error, nested',
    '{"log":{"level":"error"},"error":{"type":"E","message":"m","stack_trace":"s"}}',
    { level: 'ERROR', errorType: 'E', errorMessage: 'm' },
  ],
  [
    'loguru with an error',
    '{"record":{"exception":{"type":"ValueError","value":"m","traceback":true},"level":{"name":"ERROR"}}}',
    { level: 'ERROR', errorType: 'ValueError', errorMessage: 'm' },
  ],
  [
    'logstash-logback-encoder with a stack',
    '{"message":"m","level":"ERROR","stack_trace":"java.lang.IllegalStateException: no \\"a\\"\\n\\tat com.x.Y.f(Y.java:1)\\n"}',
    { level: 'ERROR', errorType: 'java.lang.IllegalStateException', errorMessage: 'no \\"a\\"' },
  ],
  [
    'logback’s own JsonEncoder',
    '{"level":"ERROR","formattedMessage":"m","throwable":{"className":"java.io.IOException","message":"m","stepArray":[]}}',
    { level: 'ERROR', errorType: 'java.io.IOException', errorMessage: 'm' },
  ],
  [
    'serilog with an exception',
    '{"@mt":"m","@l":"Error","@x":"System.InvalidOperationException: bad\\r\\n   at X.Y()"}',
    { level: 'ERROR', errorType: 'System.InvalidOperationException', errorMessage: 'bad' },
  ],
  [
    'python-json-logger with an exception',
    '{"levelname":"ERROR","exc_info":"Traceback (most recent call last):\\n  File \\"a.py\\", line 1\\n    Int: x\\nValueError: bad: x"}',
    { level: 'ERROR', errorType: 'ValueError', errorMessage: 'bad: x' },
  ],
  [
    'python-json-logger with an exception without a message',
    '{"levelname":"ERROR","exc_info":"Traceback (most recent call last):\\n  File \\"a.py\\"\\nKeyboardInterrupt\\n"}',
    { level: 'ERROR', errorType: 'KeyboardInterrupt' },
  ],
  [
    'structlog with dict_tracebacks',
    '{"event":"m","level":"error","exception":[{"exc_type":"KeyError","exc_value":"\'x\'","frames":[{"name":"f"}]},{"exc_type":"E"}],"user_id":7}',
    { level: 'ERROR', user: '7', errorType: 'KeyError', errorMessage: "'x'" },
  ],
  [
    'winston with a stack that has only a type',
    '{"level":"error","message":"m","stack":"TypeError\\n    at f (a.js:1)"}',
    { level: 'ERROR', errorType: 'TypeError' },
  ],
  [
    'zap with a stack, which names functions',
    '{"level":"error","msg":"m","stacktrace":"main.Handler\\n\\t/x.go:12"}',
    { level: 'ERROR' },
  ],
  [
    'zap’s development preset in JSON',
    '{"L":"DPANIC","T":"2026-11-22T12:00:00.000Z","N":"pay","C":"x.go:12","M":"m","error":"reset","S":"main.f\\n\\t/x.go:12"}',
    { level: 'FATAL', errorMessage: 'reset' },
  ],
  ['L in other places and for other things', '{"T":"x","L":"INFO"}', {}],
  ['L that is a size', '{"L":"3","M":"x"}', {}],
  ['L that is a word', '{"L":"LARGE","M":"x"}', {}],
  ['L that is cut off', '{"L":"ERRO', {}],
  ['slog between two levels', '{"level":"ERROR+2","msg":"m"}', { level: 'ERROR' }],
  ['slog below debug', '{"level":"DEBUG-4","msg":"m"}', { level: 'DEBUG' }],
  [
    'the JSON console of .NET',
    `{"LogLevel":"Error","Exception":"System.X: y","State":{"UserId":7},"Scopes":[{"TraceId":"${TRACE}"},{"RequestId":"r"},["x"],{"SpanId":"no"}]}`,
    { level: 'ERROR', trace: TRACE, user: '7', request: 'r', errorType: 'System.X', errorMessage: 'y' },
  ],
  [
    'Google Cloud with labels',
    '{"severity":"ERROR","logging.googleapis.com/labels":{"user_id":"u"}}',
    { level: 'ERROR', user: 'u' },
  ],
  ['logrus on a terminal', '\u001b[31mERRO\u001b[0m[0000] failed \u001b[31muser_id\u001b[0m=7', { level: 'ERROR' }],
  ['winston in colours', '\u001b[31merror\u001b[39m: failed', { level: 'ERROR' }],
  ['zap’s console in colours', '2026-11-22\t\u001b[33mWARN\u001b[0m\tm', { level: 'WARN' }],
  ['an escape that is no colour', '\u001b[31 error', {}],
  ['a flag that is no error', '{"error":false,"err":null,"errors":3,"level":"info"}', { level: 'INFO' }],
  ['W3C trace context', `{"traceparent":"00-${TRACE}-${SPAN}-01"}`, { trace: TRACE, span: SPAN }],
  ['klog', 'E1122 07:12:21.123456       1 reflector.go:147] failed to list', { level: 'ERROR' }],
  ['no klog', 'E112 07:12:21 x', {}],
];

for (const [logger, line, wanted] of LOGGERS)
  test(`what ${logger} writes is understood`, () => {
    assert.deepEqual(found(line), wanted);
    assert.deepEqual(found(line, 'before'), wanted);
  });

test('what comes after an object that was looked into is first-level again', () => {
  assert.deepEqual(found('{"log":{"a":{"level":"fatal"}},"level":"info"}'), { level: 'INFO' });
  assert.deepEqual(found('{"trace":{"x":1},"id":"4bf92f3577b34da6a3ce929d0e0e4736","user":{}, "userId":"u"}'), {
    user: 'u',
  });
  const deep = `${'{"log":'.repeat(50)}{"level":"error"}${'}'.repeat(50)}`;
  assert.deepEqual(found(deep), {});
});

test('JSON lines: first-level keys under the names in use', () => {
  const cases: readonly (readonly [string, Found])[] = [
    [
      `{"level":"error","trace_id":"${TRACE}","span_id":"${SPAN}","request_id":"r","user_id":"u"}`,
      { level: 'ERROR', trace: TRACE, span: SPAN, request: 'r', user: 'u' },
    ],
    [`{ "severity" : "WARNING" , "traceId" : "${TRACE}" }`, { level: 'WARN', trace: TRACE }],
    [
      `{"lvl":"dbg","traceID":"${TRACE}","spanID":"${SPAN}","requestId":"r","userId":7}`,
      { level: 'DEBUG', trace: TRACE, span: SPAN, request: 'r', user: '7' },
    ],
    [
      `{"log.level":"info","trace.id":"${TRACE}","span.id":"${SPAN}","user.id":"u","x_request_id":"x"}`,
      { level: 'INFO', trace: TRACE, span: SPAN, request: 'x', user: 'u' },
    ],
    [`{"levelname":"CRITICAL","otelTraceID":"${TRACE}"}`, { level: 'CRITICAL', trace: TRACE }],
    [
      `{"TraceId":"${TRACE.toUpperCase()}","SeverityText":"Information"}`,
      { level: 'INFO', trace: TRACE.toUpperCase() },
    ],
    ['{"dd.trace_id":"1234567890123456789","dd.span_id":"42"}', { trace: '1234567890123456789', span: '42' }],
    [`{"payload":{"trace_id":"${TRACE}","level":"error"},"msg":"objects of user data do not count"}`, {}],
    [`{"ctx":[{"a":"}"},["]"]],"trace_id":"${TRACE}"}`, { trace: TRACE }],
    [`{"msg":"a \\" , \\"level\\":\\"error\\" \\\\","level":"info"}`, { level: 'INFO' }],
    ['{"level":null,"severity":"fatal"}', { level: 'FATAL' }],
    ['{"level":"nonsense","severity":"fatal"}', { level: 'FATAL' }],
    ['{"level":true,"user_id":null}', {}],
    ['{}', {}],
    ['{', {}],
    ['{"level', {}],
    ['{"level":', {}],
    ['{"level":"info', {}],
    ['  {"level":"info"}', { level: 'INFO' }],
  ];
  for (const [line, expected] of cases) assert.deepEqual(found(line), expected, line);
});

test('numeric levels: pino’s tens, OpenTelemetry’s numbers', () => {
  const levels = {
    10: 'TRACE',
    20: 'DEBUG',
    30: 'INFO',
    40: 'WARN',
    50: 'ERROR',
    60: 'FATAL',
    9: 'INFO',
    17: 'ERROR',
    24: 'FATAL',
  };
  for (const [level, expected] of Object.entries(levels))
    assert.deepEqual(found(`{"level":${level}}`), { level: expected });
  assert.deepEqual(found('{"severity_number":10}'), { level: 'INFO' });
  assert.deepEqual(found('{"SeverityNumber":"21"}'), { level: 'FATAL' });
  for (const level of ['0', '25', '70', '1e3', '99999999999', '-5'])
    assert.deepEqual(found(`{"level":${level}}`), {}, level);
});

test('ids that cannot be ids are not taken', () => {
  for (const id of ['0'.repeat(32), 'xyz', TRACE.slice(1), `${TRACE}0`, '', `${TRACE.slice(1)}g`]) {
    assert.deepEqual(found(`{"trace_id":"${id}"}`), {}, id);
  }
  assert.deepEqual(found(`{"trace_id":"${SPAN}"}`), { trace: SPAN }, '64-bit trace ids are');
  assert.deepEqual(found(`{"span_id":"${TRACE}"}`), {});
  assert.deepEqual(found(`{"request_id":"${'r'.repeat(257)}"}`), {});
  assert.deepEqual(found('{"request_id":"a\\u0041","user_id":"u"}'), { user: 'u' });
  assert.deepEqual(found('request_id="a\\"b" user_id=u'), { user: 'u' });
});

test('logfmt and bracketed pairs', () => {
  const cases: readonly (readonly [string, Found])[] = [
    [
      `level=warn trace_id=${TRACE} span_id=${SPAN} request_id=r-1 user_id=42`,
      { level: 'WARN', trace: TRACE, span: SPAN, request: 'r-1', user: '42' },
    ],
    [`ts=2026-11-22T12:00:00Z level="error" msg="level=info in quotes" user.id="a b"`, { level: 'ERROR', user: 'a b' }],
    [
      `2026-11-22 12:00:00 INFO [main] [trace_id=${TRACE} span_id=${SPAN} resource.service.name=x] hello`,
      { level: 'INFO', trace: TRACE, span: SPAN },
    ],
    [`request failed (request_id=r-1), user_id=7;`, { request: 'r-1', user: '7' }],
    ['level= trace_id=', {}],
    ['=', {}],
    ['level="info', { level: 'INFO' }],
  ];
  for (const [line, expected] of cases) assert.deepEqual(found(line), expected, line);
});

test('a level as a word: in capitals, brackets, before a colon or first; not in running text', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['2026-11-22 12:00:00,123 ERROR payment failed', 'ERROR'],
    ['[2026-11-22] production.ERROR: failed', 'ERROR'],
    ['[warn] disk nearly full', 'WARN'],
    ['12:00 | error: cannot connect', 'ERROR'],
    ['Warning: deprecated', 'WARN'],
    ['<info> started', 'INFO'],
    ['DEBUG', 'DEBUG'],
    ['finished without an error today', undefined],
    ['the information desk', undefined],
    ['GET /v1/info 200', undefined],
    ['', undefined],
    [`${'x'.repeat(200)} ERROR`, undefined],
  ];
  for (const [line, expected] of cases) assert.equal(found(line).level, expected, line);
});

test('what is known already is not replaced', () => {
  const fields = newLineFields();
  const metadata = Buffer.from('critical');
  noteField(fields, fieldOfName(Buffer.from('Detected_Level'), 0, 14), metadata, 0, metadata.length);
  const line = Buffer.from('{"level":"info"}');
  scanLine(line, 0, line.length, fields);
  assert.equal(SEVERITY_TEXTS[fields.severity], 'CRITICAL');
  assert.equal(SEVERITY_NUMBERS[fields.severity], 21);
});

test('any line is scanned without leaving its bounds', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ':',
    ',',
    '=',
    ' ',
    'level',
    'trace_id',
    TRACE,
    'error',
    '7',
    'ж',
    '\u0000',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const line = parts.join('');
      const bytes = Buffer.from(`${line}"trace_id":"${TRACE}"} level=error`);
      const end = Buffer.byteLength(line);
      const fields = newLineFields();
      scanLine(bytes, 0, end, fields);
      for (const at of [fields.traceEnd, fields.spanEnd, fields.requestEnd, fields.userEnd]) assert.ok(at <= end);
      assert.deepEqual(found(line), found(line, 'prefix '));
    }),
    { numRuns: 2000 },
  );
});

test('pairs are found at every distance and wherever the line lies in memory', () => {
  for (const filler of ['x', '<', '>', '\u00bd'])
    for (let gap = 0; gap < 40; gap++)
      for (const prefix of ['', 'p', 'pp', 'ppp'])
        assert.deepEqual(found(`${filler.repeat(gap)} user_id=7`, prefix), { user: '7' }, `${filler} ${gap} ${prefix}`);
});

test('a complete JSON object gives what JSON.parse gives', () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string()),
    fc.dictionary(fc.string(), fc.string()),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), fc.stringMatching(/^[a-z0-9-]{1,20}$/), (record, user) => {
      const names = Object.keys(record).filter((key) => /^user[_.-]*id$|^usr[_.-]*id$|enduser/i.test(key));
      fc.pre(names.length === 0);
      assert.equal(found(JSON.stringify({ ...record, user_id: user })).user, user);
    }),
    { numRuns: 1000 },
  );
});
