import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: line filter expression. */
export const LINE_FILTERS: readonly LogCase[] = [
  {
    rule: '|= keeps lines that contain the text',
    data: 'plain',
    query: '{} |= "bank"',
    expect: ['{} #2', '{} #4'],
  },
  {
    rule: '!= drops lines that contain the text',
    data: 'plain',
    query: '{} != "bank"',
    expect: ['{} #1', '{} #3', '{} #5', '{} #6'],
  },
  {
    rule: '|~ keeps lines with a match anywhere: not anchored',
    data: 'plain',
    query: String.raw`{} |~ "card_\\w+"`,
    expect: ['{} #2'],
  },
  {
    rule: '!~ drops lines with a match',
    data: 'plain',
    query: '{} !~ "GET|POST"',
    expect: ['{} #4', '{} #5', '{} #6'],
  },
  {
    rule: 'the text is case-sensitive',
    data: 'plain',
    query: '{} |= "error"',
    expect: ['{} #4'],
  },
  {
    rule: '(?i) makes a pattern case-insensitive',
    data: 'plain',
    query: '{} |~ "(?i)ERROR"',
    expect: ['{} #4', '{} #5'],
  },
  {
    rule: 'filters chain: every one must hold',
    data: 'plain',
    query: '{} |= "GET" != "health"',
    expect: ['{} #1'],
  },
  {
    rule: 'or joins the texts of one filter',
    data: 'plain',
    query: '{} |= "health" or "Timeout"',
    expect: ['{} #3', '{} #4'],
  },
  {
    rule: 'or after != drops lines with any of the texts',
    data: 'plain',
    query: '{} != "GET" or "POST"',
    expect: ['{} #4', '{} #5', '{} #6'],
  },
  {
    rule: 'or joins patterns',
    data: 'plain',
    query: '{} |~ "^GET" or "reset by"',
    expect: ['{} #1', '{} #3', '{} #5'],
  },
  {
    rule: '!~ with or',
    data: 'plain',
    query: '{} !~ "^GET" or "reset by"',
    expect: ['{} #2', '{} #4', '{} #6'],
  },
  {
    rule: 'back-ticks need no escapes',
    data: 'plain',
    query: '{} |~ `\\d+ms$`',
    expect: ['{} #1', '{} #3'],
  },
  {
    rule: 'an empty text is in every line',
    data: 'plain',
    query: '{} |= ``',
    expect: ['{} #1', '{} #2', '{} #3', '{} #4', '{} #5', '{} #6'],
  },
  {
    rule: '!= with an empty text drops every line',
    data: 'plain',
    query: '{} != ``',
    expect: [],
  },
  {
    rule: 'a filter behind a stage sees the new line',
    data: 'plain',
    query: '{} | line_format "x" |= "x" |= "GET"',
    expect: [],
  },
  {
    rule: 'a filter that holds for the new line only',
    data: 'plain',
    query: '{} | line_format "new" |= "new"',
    expect: ['{} = new', '{} = new', '{} = new', '{} = new', '{} = new', '{} = new'],
  },
  {
    rule: 'decolorize removes ANSI sequences',
    data: 'plain',
    query: '{} |= "red" | decolorize',
    expect: ['{} = line with red and green'],
  },
  {
    rule: 'decolorize comes before a filter over what was coloured',
    data: 'plain',
    query: '{} | decolorize |= "red and green"',
    expect: ['{} = line with red and green'],
    unlikeLoki: 'Loki moves the filter in front of decolorize; the documentation has stages run from left to right',
  },
  {
    rule: '. in a line filter also matches nothing but the line',
    data: 'plain',
    query: '{} |~ "G.T"',
    expect: ['{} #1', '{} #3'],
  },
  {
    rule: '|~ with an invalid pattern is refused',
    data: 'plain',
    query: '{} |~ "("',
    expect: ['! parse error : stage \'|~ "("\' : error parsing regexp: missing closing ): `(`'],
  },
];
