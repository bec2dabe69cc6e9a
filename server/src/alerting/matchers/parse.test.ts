import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom } from '../../model/labels.ts';
import { MatcherError, matchesAll, printMatcher, printMatchers } from './matcher.ts';
import { parseMatcher, parseMatchers } from './parse.ts';
import { parseUtf8 } from './utf8.ts';

/** Upstream's cases (matcher/parse/parse_test.go), each as it is printed again; null: refused. */
const UTF8: readonly (readonly [string, string | null])[] = [
  ['', '{}'],
  ['{}', '{}'],
  ['{foo=bar}', '{foo="bar"}'],
  ['{foo=bar,}', '{foo="bar"}'],
  ['{foo!=bar}', '{foo!="bar"}'],
  ['{foo=~[a-z]+}', '{foo=~"[a-z]+"}'],
  ['foo!~[a-z]+', '{foo!~"[a-z]+"}'],
  ['{foo=🙂bar}', '{foo="🙂bar"}'],
  [' foo = bar , ', '{foo="bar"}'],
  ['{"foo"="bar",}', '{foo="bar"}'],
  ['{"foo"=~"\\\\d+"}', '{foo=~"\\\\d+"}'],
  ['{"foo"="\\xf0\\x9f\\x99\\x82"}', '{foo="🙂"}'],
  ['{"foo"="\\U0001f642"}', '{foo="🙂"}'],
  ['{"foo"="bar\\n"}', '{foo="bar\\n"}'],
  ['{"foo"="\\"bar\\""}', '{foo="\\"bar\\""}'],
  ['{"foo bar"="baz"}', '{"foo bar"="baz"}'],
  ['foo=bar,bar!=baz', '{foo="bar",bar!="baz"}'],
  [',', null],
  ['{,}', null],
  ['{', null],
  ['}', null],
  ['foo=bar}', null],
  ['{foo=bar', null],
  ['{foo=:"bar"}', null],
  ['{foo="bar\\w"}', null],
  ['{"foo"=~"\\d+"}', null],
  ['{foo=bar\\n}', null],
  ['{"foo"="\\xf0\\x9f"}', null],
  ['foo=bar,,', null],
  ['foo=bar,bar', null],
];

test('the UTF-8 parser takes and refuses what upstream does', () => {
  for (const [input, printed] of UTF8) {
    if (printed === null) assert.throws(() => parseUtf8(input), MatcherError, input);
    else assert.equal(printMatchers(parseUtf8(input)), printed, input);
  }
});

test('what only the classic parser reads, or reads otherwise, means what it meant before', () => {
  for (const [input, value] of [
    ['foo=~\\d+', '\\d+'],
    ['foo="bar\\w"', 'bar\\w'],
    ['foo=a b', 'a b'],
    ['foo=', ''],
    ['foo="\\xf0\\x9f\\x99\\x82"', '\\xf0\\x9f\\x99\\x82'],
    ['foo=\\"bar\\"', '"bar"'],
  ] as const)
    assert.deepEqual(
      parseMatchers(input).map((matcher) => matcher.value),
      [value],
      input,
    );
  assert.deepEqual(parseMatchers('{foo=bar').map(printMatcher), ['foo="bar"']);
});

test('what neither reads is refused in the classic parser’s words', () => {
  for (const [input, message] of [
    ['foo', 'bad matcher format: foo'],
    ['foo="ba"r', 'matcher value contains unescaped double quote: "ba"r'],
    ['foo=~"("', /^error parsing regexp: /],
  ] as const)
    assert.throws(() => parseMatchers(input), { name: 'MatcherError', message });
  assert.throws(() => parseMatcher('{foo=bar}'), { message: 'unexpected open or close brace: {foo=bar}' });
});

test('patterns match whole values, and a label that is not there is empty', () => {
  const labels = labelsFrom([
    ['severity', 'critical'],
    ['team', 'a'],
  ]);
  for (const [matchers, expected] of [
    ['severity=~"crit"', false],
    ['severity=~"crit.*"', true],
    ['severity=~"warning|critical",team="a"', true],
    ['severity!~"warning|critical"', false],
    ['other=""', true],
    ['other!~".+"', true],
    ['other="x"', false],
  ] as const)
    assert.equal(matchesAll(parseMatchers(matchers), labels), expected, matchers);
});
