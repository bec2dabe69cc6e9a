// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${1} is how relabelling writes a reference to a group
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRelabel, RELABEL_DEFAULTS, type RelabelRule } from './relabel.ts';

type Case = readonly [
  input: Record<string, string>,
  rules: Partial<RelabelRule>[],
  output: Record<string, string> | null,
];

/** Inputs and outputs as upstream's model/relabel tests have them in kind. */
const CASES: Record<string, Case> = {
  'replace with a group': [
    { a: 'foo', b: 'bar' },
    [{ sourceLabels: ['a'], targetLabel: 'd', regex: 'f(.*)', replacement: 'ch$${1}-${1}x' }],
    { a: 'foo', b: 'bar', d: 'ch${1}-oox' },
  ],
  'replace joins its sources': [
    { a: 'foo', b: 'bar' },
    [{ sourceLabels: ['a', 'b'], regex: 'f(.*);(.*)r', targetLabel: 'a', replacement: 'b${1}${2}m' }],
    { a: 'boobam', b: 'bar' },
  ],
  'replace without a match changes nothing': [
    { a: 'foo' },
    [{ sourceLabels: ['a'], regex: 'oo', targetLabel: 'a', replacement: 'x' }],
    { a: 'foo' },
  ],
  'replace by nothing deletes': [
    { a: 'foo', b: 'x' },
    [{ sourceLabels: ['b'], targetLabel: 'a', replacement: '' }],
    { b: 'x' },
  ],
  'the target may be a template': [
    { a: 'some-label-value' },
    [{ sourceLabels: ['a'], regex: 'some-([^-]+)-([^,]+)', targetLabel: '${1}', replacement: '${2}' }],
    { a: 'some-label-value', label: 'value' },
  ],
  'a name in a template is as long as it can be': [
    { a: 'x' },
    [{ sourceLabels: ['a'], targetLabel: 'b', replacement: '$1_y' }],
    { a: 'x' },
  ],
  keep: [{ a: 'foo' }, [{ action: 'keep', sourceLabels: ['a'], regex: 'f.o' }], { a: 'foo' }],
  'keep drops the rest': [{ a: 'foo' }, [{ action: 'keep', sourceLabels: ['a'], regex: 'no' }], null],
  drop: [{ a: 'foo' }, [{ action: 'drop', sourceLabels: ['a'], regex: 'f.*' }], null],
  'anchored at both ends': [{ a: 'foo' }, [{ action: 'drop', sourceLabels: ['a'], regex: 'oo|fo' }], { a: 'foo' }],
  keepequal: [{ a: '1', b: '1' }, [{ action: 'keepequal', sourceLabels: ['a'], targetLabel: 'b' }], { a: '1', b: '1' }],
  'keepequal drops unequal': [
    { a: '1', b: '2' },
    [{ action: 'keepequal', sourceLabels: ['a'], targetLabel: 'b' }],
    null,
  ],
  dropequal: [{ a: '1', b: '1' }, [{ action: 'dropequal', sourceLabels: ['a'], targetLabel: 'b' }], null],
  'hashmod as upstream computes it': [
    { a: 'foo', b: 'bar', c: 'baz' },
    [{ action: 'hashmod', sourceLabels: ['c'], separator: ';', targetLabel: 'd', modulus: 1000 }],
    { a: 'foo', b: 'bar', c: 'baz', d: '976' },
  ],
  labelmap: [
    { a: 'foo', b1: 'bar', b2: 'baz' },
    [{ action: 'labelmap', regex: '(b.*)', replacement: 'bar_$1' }],
    { a: 'foo', b1: 'bar', b2: 'baz', bar_b1: 'bar', bar_b2: 'baz' },
  ],
  labeldrop: [{ a: 'foo', b1: 'bar', b2: 'baz' }, [{ action: 'labeldrop', regex: '(b.*)' }], { a: 'foo' }],
  labelkeep: [{ a: 'foo', b1: 'bar', b2: 'baz' }, [{ action: 'labelkeep', regex: '(b.*)' }], { b1: 'bar', b2: 'baz' }],
  'lowercase and uppercase': [
    { a: 'FoO' },
    [
      { action: 'lowercase', sourceLabels: ['a'], targetLabel: 'l' },
      { action: 'uppercase', sourceLabels: ['a'], targetLabel: 'u' },
    ],
    { a: 'FoO', l: 'foo', u: 'FOO' },
  ],
  'a dropped one is not looked at further': [
    { a: 'x' },
    [
      { action: 'drop', sourceLabels: ['a'], regex: 'x' },
      { sourceLabels: ['a'], targetLabel: 'b' },
    ],
    null,
  ],
  'a newline is matched by a point': [
    { a: 'x\ny' },
    [{ action: 'keep', sourceLabels: ['a'], regex: 'x.y' }],
    { a: 'x\ny' },
  ],
};

for (const [name, [input, rules, output]] of Object.entries(CASES)) {
  test(`relabelling: ${name}`, () => {
    const labels = new Map(Object.entries(input));
    const kept = compileRelabel(rules.map((rule) => ({ ...RELABEL_DEFAULTS, ...rule })))(labels);
    assert.deepEqual(kept ? Object.fromEntries(labels) : null, output);
  });
}
