import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import fc from 'fast-check';
import { type LineShape, shapeOf } from '../../model/line_shape.ts';
import { openStore, type Store, sql, TextBuilder } from '../../store/index.ts';
import { createLogqlEngine, type LogqlEngine } from '../logql/engine.ts';
import { matchesPattern, parseFilterPattern } from '../logql/line_pattern.ts';
import { joinPatterns, type PatternSeries } from './join_patterns.ts';
import { filterPattern, logPatterns } from './patterns.ts';

interface Template {
  readonly id: string;
  readonly text: string;
  readonly inside: boolean;
}

function templateOf(line: string): Template {
  const bytes = Buffer.from(line);
  const shape: LineShape = { low: 0, high: 0, inside: false };
  const text = new TextBuilder(64, 1);
  shapeOf(bytes, 0, bytes.length, shape, text);
  text.endRow();
  return { id: `${shape.high}:${shape.low}`, text: text.text(0), inside: shape.inside };
}

const finds = (template: Pick<Template, 'text' | 'inside'>, line: string): boolean =>
  matchesPattern(parseFilterPattern(filterPattern(template)), line);

test('what varies becomes a wildcard, what the program says stays', () => {
  const shapes: readonly (readonly [line: string, template: string])[] = [
    ['order 12 settled in 3.5ms', 'order <_> settled in <_>'],
    ['2026-11-22T08:00:01.123Z INFO started', '<_> INFO started'],
    ['2026-11-22 08:00:01,123 [main] up', '<_> <_> [main] up'],
    ['user 550e8400-e29b-41d4-cafe-446655440000 from 10.0.0.1:80', 'user <_> from <_>'],
    ['GET /api/v1/users/77?id=5 200', 'GET /api/<_>/users/<_>?id=<_> <_>'],
    ['level=info ts=2026 msg="sent mail" to=bob n=5', 'level=info ts=<_> msg="sent mail" to=<_> n=<_>'],
    ['pod payments-7d9f8b-x2x restarted', 'pod payments-<_> restarted'],
    ['key="a \\"b\\" c" end', 'key=<_> end'],
    ['{"level":"info","msg":"took 5ms","n":1}', 'took <_>'],
    ['{"a":{"msg":"inner"},"message":"outer \\"x\\" 1"}', 'outer \\"x\\" <_>'],
    ['{"a":1,"b":"x"}', '<_>'],
    ['', ''],
    ['größe 5 überschritten', 'größe <_> überschritten'],
    ['failed\njava.io.IOException: reset\n\tat a.B.c(B.java:7)\n\tat d', 'failed\njava.io.IOException: reset<_>'],
    ['Traceback:\n  File "x.py", line 7\nValueError', 'Traceback:<_>'],
    ['{"msg":"failed\\nat once\\n\\tat a.B.c(B.java:7)"}', 'failed\\nat once<_>'],
    ['one\ntwo 2', 'one\ntwo <_>'],
  ];
  for (const [line, template] of shapes) assert.equal(templateOf(line).text, template);
});

test('lines of one template have one id, other templates have others', () => {
  assert.equal(templateOf('order 1 ok').id, templateOf('order 99999 ok').id);
  const ids = new Set(
    ['order 1 ok', 'order 1 bad', 'order 1  ok', 'order 1', 'border 1 ok', '{"msg":"order x ok"}'].map(
      (line) => templateOf(line).id,
    ),
  );
  assert.equal(ids.size, 6);
});

test('the pattern of any line finds that line again', () => {
  const words = fc.constantFrom(
    'order',
    'x',
    '12',
    '0.5',
    'a=1',
    'k="v w"',
    '-',
    ':',
    ',',
    '<',
    '>',
    '{',
    '}',
    '"',
    '\\',
    '\n',
    '\n\tat',
    'ü',
    'abc-1-cafe',
    '10.0.0.1',
    '=',
    'msg=',
    '\t',
    '"msg":"hi 5"',
    "'",
  );
  const line = fc
    .array(words, { maxLength: 40 })
    .chain((parts) => fc.constantFrom(' ', '').map((separator) => parts.join(separator)));
  fc.assert(
    fc.property(line, (text) => {
      const template = templateOf(text);
      assert.ok(finds(template, text), `${JSON.stringify(text)} as ${JSON.stringify(template)}`);
    }),
    { numRuns: 3000 },
  );
  fc.assert(fc.property(fc.string(), (text) => finds(templateOf(text), text)));
  assert.ok(finds(templateOf('err=<nil> seen <nil>'), 'err=<nil> seen <nil>'));
  const long = `${'word 5 '.repeat(200)}end`;
  assert.ok(finds(templateOf(long), long));
});

const SAMPLES = join(import.meta.dirname, '../../../../../shared/conformance/logs-samples/loki-drain');

/** At most so many templates of each real log; what a person would count, with room. */
const MOST_TEMPLATES: Readonly<Record<string, number>> = {
  'agent-logfmt.txt': 170,
  'calico.txt': 80,
  'distributor-logfmt.txt': 5,
  'drone-json.txt': 8,
  'ingester-logfmt.txt': 5,
  'journald.txt': 160,
  'kafka.txt': 25,
  'kubernetes.txt': 150,
  'vault.txt': 2,
};

test('real logs have few templates, and each finds all of its lines', {
  skip: existsSync(SAMPLES) ? false : 'the conformance collection is not beside the repository',
}, (context) => {
  let lines = 0;
  for (const file of readdirSync(SAMPLES)) {
    const templates = new Map<string, PatternSeries>();
    for (const line of readFileSync(join(SAMPLES, file), 'utf8').split('\n')) {
      if (line === '') continue;
      lines++;
      const template = templateOf(line);
      assert.ok(finds(template, line), line);
      const known = templates.get(template.id);
      if (known === undefined) templates.set(template.id, { ...series(template.text, 1), inside: template.inside });
      else templates.set(template.id, { ...known, total: known.total + 1 });
    }
    const joined = joinPatterns([...templates.values()]);
    context.diagnostic(`${file}: ${templates.size} templates, ${joined.length} joined`);
    assert.ok(templates.size <= (MOST_TEMPLATES[file] ?? 0), `${file}: ${templates.size} templates`);
    assert.ok(joined.length <= templates.size);
  }
  assert.ok(lines >= 11_301, `${lines} lines`);
});

function series(text: string, total: number): PatternSeries {
  return { service: 's', level: '', text, inside: false, counts: Float64Array.of(total), total, marked: 0 };
}

test('templates that differ in a word are joined when there are many of them, and their counts added up', () => {
  const names = ['alice', 'bob', 'carol', 'dan', 'eve', 'frank', 'gina', 'hal'];
  const few = [series('payment accepted', 5), series('payment declined', 4)];
  const many = names.map((name, i) => series(`user ${name} signed in`, i + 1));
  assert.deepEqual(
    joinPatterns([...few, ...many]).map(({ text, total, counts }) => [text, total, counts[0]]),
    [
      ['user <_> signed in', 36, 36],
      ['payment accepted', 5, 5],
      ['payment declined', 4, 4],
    ],
  );
  const twice = names.flatMap((name) => names.map((other) => series(`${name} pays ${other} now`, 1)));
  assert.deepEqual(
    joinPatterns(twice).map(({ text, total }) => [text, total]),
    [['<_> pays <_> now', 64]],
  );
  const otherLevel = many.map((pattern, i) => (i < 4 ? pattern : { ...pattern, level: 'ERROR' }));
  assert.equal(joinPatterns(otherLevel).length, 8);
});

const DATABASE = 'patterns_test';
const START = 1_790_000_000;
let directory: string;
let store: Store;
let engine: LogqlEngine;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'patterns-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  const statements = [
    sql`INSERT INTO log_streams (day, id, service, labels, created) VALUES
      (toDate(1790000000), 1, 'pay', map('service', 'pay', 'pod', 'a'), toDateTime64(1790000000, 3)),
      (toDate(1790000000), 2, 'pay', map('service', 'pay', 'pod', 'b'), toDateTime64(1790000000, 3)),
      (toDate(1790000000), 3, 'web', map('service', 'web', 'pod', 'c'), toDateTime64(1790000000, 3))`,
    sql`INSERT INTO log_pattern_texts (day, pattern, text, inside) VALUES
      (toDate(1790000000), 1, 'order <_> ok', 1), (toDate(1790000000), 1, 'order <_> ok', 1), (toDate(1790000000), 2, 'down', 0)`,
    sql`INSERT INTO log_patterns (ts, service, level, pattern, lines, marked)
      SELECT toDateTime(1790000000) + 10 * number, 'pay', if(number % 2 = 0, 'INFO', 'ERROR'), 1, 3, number = 0 FROM numbers(12)`,
    sql`INSERT INTO log_patterns (ts, service, level, pattern, lines, marked) VALUES
      (toDateTime(1790000000), 'web', 'INFO', 2, 7, 0), (toDateTime(1790000000), 'pay', 'INFO', 99, 1, 0)`,
    sql`INSERT INTO otel_logs (Timestamp, StreamId, SeverityText, ServiceName, Body)
      SELECT toDateTime64(1790000000, 9) + number, 1 + number % 2, 'INFO', 'pay', concat('line ', toString(number), if(number % 5 = 0, ' slow', '')) FROM numbers(20)`,
  ];
  for (const statement of statements) await store.writer.command(statement, { database: DATABASE });
  engine = createLogqlEngine({ reader: store.reader, database: DATABASE });
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function ask(query: string, fromSeconds: number, toSeconds: number, stepSeconds = 60) {
  const log = parse(query);
  assert.ok(log.kind === 'log');
  const answer = await logPatterns(engine, {
    log,
    fromMs: (START + fromSeconds) * 1000,
    toMs: (START + toSeconds) * 1000,
    stepMs: stepSeconds * 1000,
  });
  const rows = answer.patterns.map(({ service, level, text, counts, marked }) => [
    service,
    level,
    text,
    [...counts],
    marked,
  ]);
  return { ...answer, rows: rows.sort() };
}

test('a selector of whole services is answered from the counts of ingest, in its steps, to the end of the range', async () => {
  const { rows, sampled } = await ask('{service_name="pay"}', 0, 120);
  assert.equal(sampled, undefined);
  assert.deepEqual(rows, [
    ['pay', 'ERROR', 'order <_> ok', [9, 9], 0],
    ['pay', 'INFO', '<_>', [1, 0], 0],
    ['pay', 'INFO', 'order <_> ok', [9, 9], 1],
  ]);
  assert.deepEqual((await ask('{service_name="pay"}', 110, 120)).rows, [['pay', 'ERROR', 'order <_> ok', [3], 0]]);
  assert.deepEqual((await ask('{service_name="pay"}', 101, 109)).rows, [['pay', 'INFO', 'order <_> ok', [3], 0]]);
  assert.deepEqual((await ask('{service_name="pay"}', 120, 180)).rows, []);
  assert.equal((await ask('{service_name=~".+"}', 0, 120)).rows.length, 4);
});

test('levels are told apart, under any spelling', async () => {
  for (const [selector, levels] of [
    ['{service_name="pay", level="error"}', ['ERROR']],
    ['{service_name="pay", detected_level!="ERR"}', ['INFO', 'INFO']],
    ['{service_name="pay", level=~"warn|fatal"}', []],
  ] as const)
    assert.deepEqual(
      (await ask(selector, 0, 120)).rows.map(([, level]) => level),
      levels,
    );
});

test('any other query is answered from the lines themselves', async () => {
  const { rows } = await ask('{service_name="pay", pod="a"}', 0, 20);
  assert.deepEqual(rows, [
    ['pay', 'INFO', 'line <_> slow', [2], 0],
    ['pay', 'INFO', 'line <_>', [8], 0],
  ]);
  assert.deepEqual((await ask('{service_name="pay"} |= "slow"', 0, 20)).rows, [
    ['pay', 'INFO', 'line <_> slow', [4], 0],
  ]);
});
