import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { newContainerLine, readContainerLine } from './container_line.ts';
import { type AssembledRecord, RecordAssembler } from './record_assembler.ts';
import { firstLineGrouping, type LineGrouping, stackTraceGrouping } from './stack_traces.ts';

const FLUENT_BIT = new URL('../../../../shared/conformance/fluent-bit/', import.meta.url);
const missing = existsSync(FLUENT_BIT) ? false : 'the upstream inputs are not beside the repository';

/** The records lines become, in the order in which they are complete. */
function joined(lines: readonly string[], container: boolean, grouping: LineGrouping | undefined): string[] {
  const records: string[] = [];
  const assemblers = new Map<string, RecordAssembler>();
  const line = newContainerLine();
  const emit = ({ bytes, start, end }: AssembledRecord): void => {
    records.push(bytes.toString('utf8', start, end));
  };
  for (const text of lines) {
    const bytes = Buffer.from(text);
    if (container) readContainerLine(bytes, 0, bytes.length, line);
    else Object.assign(line, { start: 0, end: bytes.length, partial: false, body: undefined });
    const stream = container ? line.stream : '';
    let assembler = assemblers.get(stream);
    if (assembler === undefined) {
      assembler = new RecordAssembler({ stream, grouping, maxBytes: 1 << 18, emit });
      assemblers.set(stream, assembler);
    }
    assembler.add(line, bytes, 0, 0);
  }
  for (const assembler of assemblers.values()) assembler.flush();
  return records;
}

interface Case {
  readonly name: string;
  readonly records: readonly string[];
}

function upstream(name: string): { readonly input: string[]; readonly output: string[] } {
  const { cases } = JSON.parse(
    readFileSync(new URL('multiline-derived/multiline-records.json', FLUENT_BIT), 'utf8'),
  ) as { cases: Case[] };
  const records = (suffix: string): readonly string[] => {
    const found = cases.find((one) => one.name === `${name}_${suffix}`);
    assert.ok(found, `${name}_${suffix} is one of upstream’s cases`);
    return found.records;
  };
  // Upstream feeds lines with their newline or without and keeps it at a record's end; here lines come without.
  const bare = (text: string): string => text.replace(/\n$/, '');
  return { input: records('input').map(bare), output: records('output').map(bare) };
}

for (const name of ['java', 'python', 'go', 'ruby', 'elastic']) {
  test(`a stack trace is one record: upstream’s ${name}`, { skip: missing }, () => {
    const { input, output } = upstream(name);
    assert.deepEqual(joined(input, false, stackTraceGrouping()), output);
  });
}

for (const name of ['cri', 'docker_cri_chain']) {
  test(`lines split by the runtime are joined by stream: upstream’s ${name}`, { skip: missing }, () => {
    const { input, output } = upstream(name);
    // Records of different streams may be complete in another order than upstream's.
    assert.deepEqual(joined(input, true, undefined).sort(), [...output].sort());
  });
}

test('records of a first line hold what follows: upstream’s issue 3817', { skip: missing }, () => {
  const { input, output } = upstream('issue_3817_1');
  const isFirst = (line: string): boolean => line.startsWith('[DEBUG]');
  // Upstream's rule says how a record goes on too; with first lines alone the last line belongs to the record before it.
  const expected = [output[0] ?? '', `${output[1]}\n${output[2]}`];
  assert.deepEqual(joined(input, true, firstLineGrouping(isFirst)), expected);
});

for (const name of [
  'dockermode',
  'dockermode_splitted_line',
  'dockermode_multiple_lines',
  'dockermode_splitted_multiple_lines',
  'dockermode_firstline_detection',
]) {
  test(`Docker’s JSON lines become upstream’s records: ${name}`, { skip: missing }, () => {
    const read = (path: string): string[] =>
      readFileSync(new URL(`tail/${path}`, FLUENT_BIT), 'utf8')
        .split('\n')
        .filter((line) => line !== '');
    const first = /^\d{4}-\d{2}-\d{2}/;
    const grouping = name === 'dockermode' ? undefined : firstLineGrouping((line) => first.test(line));
    const expected = read(`out/${name}.out`).map((line) => (JSON.parse(line) as { log: string }).log.trimEnd());
    const actual = joined(read(`log/${name}.log`), true, grouping).map((text) => text.trimEnd());
    assert.deepEqual(actual, expected);
  });
}

const NODE_UNCAUGHT = `/app/server.js:10
    throw new Error('boom');
    ^

Error: boom
    at Object.<anonymous> (/app/server.js:10:9)
    at Module._compile (node:internal/modules/cjs/loader:1554:14) {
  code: 'E_BOOM',
  detail: {
    id: 5
  }
}`;

const NODE_CAUSE = `TypeError: card declined
    at pay (file:///app/pay.js:3:9)
    ... 2 lines matching cause stack trace ...
    at main (file:///app/pay.js:9:1) {
  [cause]: Error: timeout
      at get (file:///app/http.js:1:1)
}`;

const PYTHON_CHAINED = `Traceback (most recent call last):
  File "/app/a.py", line 2, in f
    return d['x']
           ~^^^^^
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/a.py", line 8, in <module>
    f()
RuntimeError: no x`;

/** As CPython 3.11 writes them. */
const PYTHON_MESSAGES_CHAINED = `Traceback (most recent call last):
  File "/app/b.py", line 5, in main
    find()
  File "/app/b.py", line 2, in find
    raise LookupError('relation "x" does not exist\\nLINE 1: SELECT * FROM x\\n                      ^')
LookupError: relation "x" does not exist
LINE 1: SELECT * FROM x
                      ^

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/b.py", line 9, in <module>
    main()
  File "/app/b.py", line 7, in main
    raise RuntimeError("query failed\\n[SQL: SELECT * FROM x]\\n(Background on this error at: https://sqlalche.me/e/20/f405)") from error
RuntimeError: query failed
[SQL: SELECT * FROM x]
(Background on this error at: https://sqlalche.me/e/20/f405)

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/b.py", line 11, in <module>
    raise KeyError("no such\\nkey")
KeyError: 'no such\\nkey'`;

const PYTHON_GROUP = `  + Exception Group Traceback (most recent call last):
  |   File "/app/d.py", line 4, in <module>
  |     f()
  |   File "/app/d.py", line 2, in f
  |     raise ExceptionGroup("two failed", [ValueError("first\\nsecond"), TypeError("third")])
  | ExceptionGroup: two failed (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: first
second
    +---------------- 2 ----------------
    | TypeError: third
    +------------------------------------

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/d.py", line 6, in <module>
    raise OSError("gave up")
OSError: gave up`;

const PYDANTIC = `Traceback (most recent call last):
  File "/app/e.py", line 6, in <module>
    Order(id="x")
  File "/usr/lib/python3/site-packages/pydantic/main.py", line 263, in __init__
    validated_self = self.__pydantic_validator__.validate_python(data, self_instance=self)
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
pydantic_core._pydantic_core.ValidationError: 2 validation errors for Order
id
  Input should be a valid integer, unable to parse string as an integer [type=int_parsing, input_value='x', input_type=str]
    For further information visit https://errors.pydantic.dev/2.13/v/int_parsing
total
  Field required [type=missing, input_value={'id': 'x'}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.13/v/missing`;

const PYTHON_LOGGED = `Traceback (most recent call last):
  File "/app/c.py", line 8, in <module>
    try: pay()
         ^^^^^
  File "/app/c.py", line 5, in pay
    def pay(): raise ValueError("declined\\nbank said: no\\n\\nreference 17")
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
ValueError: declined
bank said: no

reference 17

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/c.py", line 9, in <module>
    except ValueError as e: raise RuntimeError("order 5 failed\\nstep: pay") from e
                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
RuntimeError: order 5 failed
step: pay
seen in the nightly run
see the runbook`;

const GO_SIGNAL = `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x45e1a5]

goroutine 1 [running]:
main.main()
	/app/main.go:8 +0x5`;

const DOTNET = `System.InvalidOperationException: outer
 ---> System.TimeoutException: inner
   at Pay.Gateway.Call() in /src/Gateway.cs:line 10
   --- End of inner exception stack trace ---
   at Pay.Program.Main() in /src/Program.cs:line 3`;

const JAVA_SUPPRESSED = `com.example.PaymentException: declined
	at com.example.Pay.run(Pay.java:10)
	Suppressed: java.io.IOException: close
		at com.example.Pay.close(Pay.java:20)
		... 1 more
Caused by: java.net.SocketTimeoutException: timeout
	at java.base/java.net.Socket.read(Socket.java:1)
	... 5 common frames omitted`;

for (const [what, trace] of Object.entries({
  'an uncaught error of Node with its fields': NODE_UNCAUGHT,
  'an error of Node with its cause': NODE_CAUSE,
  'chained exceptions of Python': PYTHON_CHAINED,
  'chained exceptions of Python with messages of several lines': PYTHON_MESSAGES_CHAINED,
  'a group of Python exceptions with messages of several lines': PYTHON_GROUP,
  'a validation error of pydantic': PYDANTIC,
  'a signal in Go': GO_SIGNAL,
  'nested exceptions of .NET': DOTNET,
  'suppressed and causing exceptions of Java': JAVA_SUPPRESSED,
})) {
  test(`${what} are one record, and the lines around it are not`, () => {
    const lines = ['before', ...trace.split('\n'), 'after'];
    assert.deepEqual(joined(lines, false, stackTraceGrouping()), ['before', trace, 'after']);
  });
}

test('ordinary lines are records by themselves, JSON that names an exception too', () => {
  const lines = [
    'GET /health 200',
    '  indented, but no trace',
    '{"level":"ERROR","exception":"java.lang.RuntimeException: x"}',
    '    at the beginning of a sentence',
    'Error: only one line',
    'Error: another one',
    '',
    'done',
  ];
  // A blank line may belong to the exception before it.
  const expected = [...lines.slice(0, 5), 'Error: another one\n', 'done'];
  assert.deepEqual(joined(lines, false, stackTraceGrouping()), expected);
});

for (const head of [
  '2026-11-22 21:59:22,772 ERROR shop: could not pay',
  '[2026-11-22 21:59:22 +0000] [7] [ERROR] could not pay',
  'ERROR:shop:could not pay',
  'ERROR:    Exception in ASGI application',
  '\u001b[31mERROR\u001b[0m shop: could not pay',
  '{"level":"error","msg":"could not pay"}',
  'level=error msg="could not pay"',
]) {
  test(`the message of a Python exception goes on up to the next head: ${head}`, () => {
    const lines = ['started', head, ...PYTHON_LOGGED.split('\n'), head, ...PYTHON_LOGGED.split('\n'), head, 'plain'];
    const expected = ['started', head, PYTHON_LOGGED, head, PYTHON_LOGGED, head, 'plain'];
    assert.deepEqual(joined(lines, false, stackTraceGrouping()), expected);
  });
}

test('where records have no heads, lines after a Python exception are its message only if what follows tells', () => {
  const trace = ['Traceback (most recent call last):', '  File "/app/a.py", line 1, in <module>', 'ValueError: first'];
  const lines = ['before', ...trace, 'second', '', 'third', ...trace, 'after', 'and on'];
  const expected = ['before', trace.join('\n'), 'second', '', 'third', trace.join('\n'), 'after', 'and on'];
  assert.deepEqual(joined(lines, false, stackTraceGrouping()), expected);
  const because = 'The above exception was the direct cause of the following exception:';
  const chained = [...trace, 'second', '', 'third', '', because, '', ...trace];
  assert.deepEqual(joined(['before', ...chained, 'after'], false, stackTraceGrouping()), [
    'before',
    chained.join('\n'),
    'after',
  ]);
});

test('what is held begins at the oldest line that was not passed on, whenever records are passed on', () => {
  const held: (number | undefined)[] = [];
  const assembler: RecordAssembler = new RecordAssembler({
    stream: '',
    grouping: stackTraceGrouping(),
    maxBytes: 1 << 18,
    emit: ({ offset }) => held.push(offset, assembler.heldFrom),
  });
  const lines = ['Traceback (most recent call last):', '  File "/app/a.py", line 1, in f', 'KeyError: 1', 'x', 'y'];
  for (const [offset, text] of lines.entries()) {
    const bytes = Buffer.from(text);
    assembler.add(Object.assign(newContainerLine(), { start: 0, end: bytes.length }), bytes, offset, 0);
  }
  assert.equal(assembler.heldFrom, 0);
  assembler.flush();
  assert.deepEqual(held, [0, 3, 3, 4, 4, undefined]);
});

test('two traces one after the other are two records', () => {
  const lines = [...JAVA_SUPPRESSED.split('\n'), ...PYTHON_CHAINED.split('\n'), ...GO_SIGNAL.split('\n')];
  assert.deepEqual(joined(lines, false, stackTraceGrouping()), [JAVA_SUPPRESSED, PYTHON_CHAINED, GO_SIGNAL]);
});

for (const [what, lines] of [
  ['frames', ['Error: deep', ...Array.from({ length: 50 }, (_, i) => `    at f${i} (/app/x.js:${i}:1)`)]],
  [
    'lines of a message',
    [
      'Traceback (most recent call last):',
      '  File "a.py", line 1',
      'E: 1',
      ...Array.from({ length: 300 }, (_, i) => `text ${i}`),
    ],
  ],
] as const) {
  test(`a record never grows over the limit: what comes then is the next one, nothing is lost (${what})`, () => {
    const records: AssembledRecord[] = [];
    const assembler = new RecordAssembler({
      stream: '',
      grouping: stackTraceGrouping(),
      maxBytes: 100,
      emit: (record) =>
        records.push({ ...record, bytes: Buffer.from(record.bytes.subarray(record.start, record.end)) }),
    });
    const line = newContainerLine();
    for (const text of lines) {
      const bytes = Buffer.from(text);
      assembler.add(Object.assign(line, { start: 0, end: bytes.length }), bytes, 0, 0);
    }
    assembler.flush();
    assert.ok(records.every(({ bytes }) => bytes.length <= 100));
    assert.deepEqual(records.map(({ bytes }) => bytes.toString()).join('\n'), lines.join('\n'));
    assert.ok(records.length > 1);
  });
}

test('a line over the limit is cut, and says how long it was', () => {
  const records: AssembledRecord[] = [];
  const emit = (record: AssembledRecord): void => {
    records.push(record);
  };
  const assembler = new RecordAssembler({ stream: 'stdout', grouping: undefined, maxBytes: 10, emit });
  const bytes = Buffer.from('0123456789abcdef');
  assembler.add(Object.assign(newContainerLine(), { start: 0, end: 16 }), bytes, 0, 0);
  assembler.add(Object.assign(newContainerLine(), { start: 0, end: 8, partial: true }), bytes, 16, 0);
  assembler.add(Object.assign(newContainerLine(), { start: 0, end: 8 }), bytes, 24, 0);
  assert.deepEqual(
    records.map(({ start, end, cutFrom, bytes: body }) => [body.toString('utf8', start, end), cutFrom]),
    [
      ['0123456789', 16],
      ['0123456701', 16],
    ],
  );
});
