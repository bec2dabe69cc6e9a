import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type ExpositionFormat, TextParser } from './parse_text.ts';
import { parseExemplarLabels, parseMetadataName, parseSeriesLabels } from './series_labels.ts';

interface Sample {
  labels: Record<string, string>;
  value: number;
  timestampMs?: number;
  exemplar?: { labels: Record<string, string>; value: number; timestampMs?: number };
}

function parseAll(source: string | Uint8Array<ArrayBuffer>, format: ExpositionFormat) {
  const bytes = typeof source === 'string' ? new TextEncoder().encode(source) : source;
  const parser = new TextParser(bytes, format);
  const samples: Sample[] = [];
  const metadata: string[][] = [];
  for (let kind = parser.next(); kind !== 'end'; kind = parser.next()) {
    if (kind !== 'sample') {
      const name = parseMetadataName(parser.slice(parser.nameStart, parser.nameEnd));
      metadata.push([kind, name, parser.slice(parser.restStart, parser.restEnd)]);
      continue;
    }
    const labels = parseSeriesLabels(parser.slice(parser.seriesStart, parser.seriesEnd), parser.strict);
    const sample: Sample = { labels: Object.fromEntries(labels), value: parser.value };
    if (!Number.isNaN(parser.timestampMs)) sample.timestampMs = parser.timestampMs;
    if (parser.exemplarStart >= 0) {
      const own = Object.fromEntries(parseExemplarLabels(parser.slice(parser.exemplarStart, parser.exemplarEnd)));
      sample.exemplar = { labels: own, value: parser.exemplarValue };
      if (!Number.isNaN(parser.exemplarTimestampMs)) sample.exemplar.timestampMs = parser.exemplarTimestampMs;
    }
    samples.push(sample);
  }
  return { samples, metadata };
}

test('the text format: blanks, comments, escapes, timestamps, quoted names, CRLF, no last newline', () => {
  const { samples, metadata } = parseAll(
    [
      '# HELP a_total Help with \\\\ and \\n.',
      '#TYPE a_total counter',
      '# a comment, not metadata',
      '',
      '\ta_total { a = "x\\"y\\\\z\\n" , b="{}#," , } 1.5e3\t-17 ',
    ].join('\n'),
    'text',
  );
  assert.deepEqual(metadata, [
    ['help', 'a_total', 'Help with \\\\ and \\n.'],
    ['type', 'a_total', 'counter'],
  ]);
  assert.deepEqual(samples, [
    { labels: { __name__: 'a_total', a: 'x"y\\z\n', b: '{}#,' }, value: 1500, timestampMs: -17 },
  ]);
  assert.deepEqual(parseAll('{"my.metric","label one"="1"} +Inf\r\nb{} -inf\r\n', 'text').samples, [
    { labels: { __name__: 'my.metric', 'label one': '1' }, value: Number.POSITIVE_INFINITY },
    { labels: { __name__: 'b' }, value: Number.NEGATIVE_INFINITY },
  ]);
});

test('OpenMetrics: exemplars, seconds, units', () => {
  const { samples, metadata } = parseAll(
    '# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds \na_seconds_total 0 12.345 # {trace_id="9af",x="# "} 0.5 1.25\n# EOF',
    'openmetrics',
  );
  assert.deepEqual(metadata, [
    ['type', 'a_seconds', 'counter'],
    ['unit', 'a_seconds', 'seconds'],
    ['help', 'a_seconds', ''],
  ]);
  assert.deepEqual(samples, [
    {
      labels: { __name__: 'a_seconds_total' },
      value: 0,
      timestampMs: 12_345,
      exemplar: { labels: { trace_id: '9af', x: '# ' }, value: 0.5, timestampMs: 1250 },
    },
  ]);
});

test('a number is the double upstream would read, however it is written', () => {
  for (const text of [
    '0',
    '-0',
    '1',
    '.5',
    '5.',
    '-12.75',
    '0.1',
    '1e-7',
    '123456789012345',
    '1234567890123456789',
    '0.30000000000000004',
    '00012.5',
    '5e-324',
    '1.7976931348623157e+308',
    '9007199254740993',
    '+3',
  ]) {
    const value = parseAll(`a ${text}\n`, 'text').samples[0]?.value;
    assert.equal(Object.is(value, Number(text)), true, `${text} gave ${value}`);
  }
  assert.equal(parseAll('a nAn\n', 'text').samples[0]?.value, Number.NaN);
  assert.equal(parseAll('a -Infinity\n', 'text').samples[0]?.value, Number.NEGATIVE_INFINITY);
  for (const text of ['', '1_000', '0x1p-3', '0x10', '1e', '--1', '.', 'info', '1,5', '1 2 3', '1 1.5', '1 NaN']) {
    assert.throws(() => parseAll(`a ${text}\n`, 'text'), /^ExpositionError: line 1: /, text);
  }
});

test('an error names its line', () => {
  assert.throws(() => parseAll('a 1\n\nb one\n', 'text'), /line 3: expected a value, got "one"/);
  assert.throws(() => parseAll('# TYPE a meh\n', 'text'), /line 1: invalid metric type "meh"/);
});

/**
 * Faults of meaning, which upstream Prometheus takes too (its OpenMetrics parser checks the grammar only): refusing them
 * would cost a whole target for one odd family.
 */
const TAKEN = [
  /^bad_clashing_names_/,
  /^bad_counter_values_/,
  /^bad_exemplars_on_unallowed_/,
  /^bad_grouping_or_ordering_(?!1$)/,
  /^bad_histograms_(?![45]$)/,
  /^bad_info_and_stateset_values_/,
  /^bad_metadata_in_wrong_place_/,
  /^bad_missing_or_invalid_labels_for_a_type_/,
  /^bad_repeated_metadata_[013]$/,
  /^bad_stateset_info_values_/,
  /^bad_unit_[67]$/,
];
/** Exemplars with too many characters: the exemplar is refused and counted, the scrape goes on (decode.test.ts). */
const EXEMPLAR_REFUSED = ['bad_exemplars_6', 'bad_exemplar_complex_chars'];

const OPENMETRICS = new URL('../../../../../shared/conformance/otlp/openmetrics/testdata/parsers/', import.meta.url);
const TEXTPARSE = new URL('../../../../../shared/conformance/promql/textparse/', import.meta.url);
const absent = (path: URL) => (existsSync(path) ? false : `the conformance inputs are not at ${path.pathname}`);

test('OpenMetrics conformance: what must parse parses, what must not is refused', { skip: absent(OPENMETRICS) }, () => {
  const wrong: string[] = [];
  let cases = 0;
  for (const name of readdirSync(OPENMETRICS)) {
    const description: { file: string; shouldParse: boolean } = JSON.parse(
      readFileSync(new URL(`${name}/test.json`, OPENMETRICS), 'utf8'),
    );
    const bytes = new Uint8Array(readFileSync(new URL(`${name}/${description.file}`, OPENMETRICS)));
    const expected =
      description.shouldParse || TAKEN.some((pattern) => pattern.test(name)) || EXEMPLAR_REFUSED.includes(name);
    let message = '';
    try {
      parseAll(bytes, 'openmetrics');
    } catch (error) {
      message = String(error);
    }
    cases++;
    if ((message === '') !== expected) wrong.push(`${name}: ${message === '' ? 'was taken' : message}`);
  }
  assert.equal(cases > 200, true);
  assert.deepEqual(wrong, []);
});

test('the large expositions of upstream parse to the last line', { skip: absent(TEXTPARSE) }, () => {
  const count = (file: string, format: ExpositionFormat) => {
    const bytes = new Uint8Array(readFileSync(new URL(file, TEXTPARSE)));
    const lines = new TextDecoder()
      .decode(bytes)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')).length;
    assert.equal(parseAll(bytes, format).samples.length, lines, file);
    return lines;
  };
  assert.equal(count('alltypes.237mfs.prom.txt', 'text') > 1000, true);
  count('alltypes.237mfs.nometa.prom.txt', 'text');
  count('alltypes.5mfs.om.txt', 'openmetrics');
  count('1histogram.om.txt', 'openmetrics');
});
