import type { LogCase } from '../log_case.ts';

/** Rules of query_reference: pattern match filter operators. */
export const LINE_PATTERNS: readonly LogCase[] = [
  {
    rule: '|> keeps lines of the shape; <_> stands for any text',
    data: 'plain',
    query: '{} |> "GET <_> 200 <_>"',
    expect: ['{} #1', '{} #3'],
  },
  {
    rule: '!> drops lines of the shape',
    data: 'plain',
    query: '{} !> "GET <_> 200 <_>"',
    expect: ['{} #2', '{} #4', '{} #5', '{} #6'],
  },
  {
    rule: '|> with or: any of the shapes',
    data: 'plain',
    query: '{} |> "GET <_> 200 <_>" or "error: <_>"',
    expect: ['{} #1', '{} #3', '{} #4'],
  },
  {
    rule: '!> with or: none of the shapes',
    data: 'plain',
    query: '{} !> "GET <_>" or "POST <_>"',
    expect: ['{} #4', '{} #5', '{} #6'],
  },
  {
    rule: 'a shape covers the whole line',
    data: 'plain',
    query: '{} |> "GET <_> 200"',
    expect: [],
  },
  {
    rule: 'a shape may begin with <_>',
    data: 'plain',
    query: '{} |> "<_>bank"',
    expect: ['{} #2', '{} #4'],
  },
  {
    rule: 'a shape with literals inside only',
    data: 'plain',
    query: '{} |> "<_>calling<_>"',
    expect: ['{} #4'],
  },
  {
    rule: 'a shape that is only text is the whole line',
    data: 'plain',
    query: '{} |> "GET /health 200 1ms"',
    expect: ['{} #3'],
  },
  {
    rule: 'a named capture is refused in a filter',
    data: 'plain',
    query: '{} |> "<method> <_>"',
    expect: ["! parse error : stage '|> \"<method> <_>\"' : named captures are not allowed: found '<method>'"],
  },
  {
    rule: 'two captures side by side are refused',
    data: 'plain',
    query: '{} |> "<_><_>"',
    expect: ["! parse error : stage '|> \"<_><_>\"' : found consecutive capture '<_><_>': invalid expression"],
  },
];
