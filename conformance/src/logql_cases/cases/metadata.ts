import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: structured metadata beside labels. */
export const METADATA: readonly LogCase[] = [
  {
    rule: 'metadata is shown with the labels',
    data: 'meta',
    query: '{}',
    expect: [
      '{pod="a", trace_id="0af7651916cd43dd8448eb211c80319c", user_name="ann"} #1',
      '{fixture_extracted="meta-inner", pod="b"} #2',
      '{latency="250ms", pod="c"} #3',
      '{} #4',
    ],
  },
  {
    rule: 'a filter on metadata without a parser',
    data: 'meta',
    query: '{} | pod="a"',
    expect: ['{pod="a", trace_id="0af7651916cd43dd8448eb211c80319c", user_name="ann"} #1'],
  },
  {
    rule: 'a filter on metadata with a dot in its name',
    data: 'meta',
    query: '{} | user_name="ann"',
    expect: ['{pod="a", trace_id="0af7651916cd43dd8448eb211c80319c", user_name="ann"} #1'],
  },
  {
    rule: 'a pattern on metadata',
    data: 'meta',
    query: '{} | pod=~"[bc]"',
    expect: ['{fixture_extracted="meta-inner", pod="b"} #2', '{latency="250ms", pod="c"} #3'],
  },
  {
    rule: 'a duration in metadata',
    data: 'meta',
    query: '{} | latency > 200ms',
    expect: ['{latency="250ms", pod="c"} #3'],
  },
  {
    rule: 'an extracted name that metadata has gets _extracted',
    data: 'meta',
    query: '{} |= "two" | logfmt',
    expect: ['{fixture_extracted="meta-inner", level="error", msg="two", pod="b", pod_extracted="inline"} #2'],
  },
  {
    rule: 'metadata named like a stream label gets _extracted',
    data: 'meta',
    query: '{} |= "two" | keep fixture, fixture_extracted',
    expect: ['{fixture_extracted="meta-inner"} #2'],
  },
  {
    rule: 'metadata in a template',
    data: 'meta',
    query: '{} | line_format "{{.pod}}" | keep pod',
    expect: ['{pod="a"} = a', '{pod="b"} = b', '{pod="c"} = c', '{} = '],
  },
  {
    rule: 'drop metadata',
    data: 'meta',
    query: '{} |= "one" | drop trace_id, user_name',
    expect: ['{pod="a"} #1'],
  },
  {
    rule: 'metadata renamed',
    data: 'meta',
    query: '{} |= "one" | label_format p=pod | keep p, pod',
    expect: ['{p="a"} #1'],
  },
  {
    rule: 'an id in metadata',
    data: 'meta',
    query: '{} | trace_id="0af7651916cd43dd8448eb211c80319c" | keep trace_id',
    expect: ['{trace_id="0af7651916cd43dd8448eb211c80319c"} #1'],
  },
  {
    rule: 'metadata in a grouping',
    data: 'meta',
    query: 'sum by (pod) (count_over_time({}[1m]))',
    expect: ['{pod="a"} 1', '{pod="b"} 1', '{pod="c"} 1', '{} 1'],
  },
  {
    rule: 'metadata makes series of its own',
    data: 'meta',
    query: 'count_over_time({} | keep pod [1m])',
    expect: ['{pod="a"} 1', '{pod="b"} 1', '{pod="c"} 1', '{} 1'],
  },
  {
    rule: 'an empty value matches lines without the metadata',
    data: 'meta',
    query: '{} | pod=""',
    expect: ['{} #4'],
  },
];
