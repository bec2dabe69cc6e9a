import { parse, walk } from '@trilith/lang/promql';
import { type Labels, labelsFrom } from '../../../server/src/model/labels.ts';

/** Labels that rules of the community group and join by. */
const USUAL: readonly (readonly [string, string])[] = [
  ['job', 'job-1'],
  ['instance', 'host-1:9100'],
  ['namespace', 'shop'],
  ['pod', 'web-1'],
  ['container', 'web'],
  ['cluster', 'north'],
  ['node', 'node-1'],
  ['device', 'sda'],
  ['le', '+Inf'],
];

/** One series for every selector of an expression that no two matchers of it contradict. @throws PromqlParseError */
export function syntheticSeries(expr: string): readonly Labels[] {
  const series: Labels[] = [];
  walk(parse(expr), (node) => {
    if (node.kind !== 'vector-selector') return;
    const labels = new Map(USUAL);
    for (const { name, operator, value } of node.matchers) {
      if (operator === '=') labels.set(name, value);
      else if (operator === '=~') labels.set(name, exampleOf(value));
      else if (labels.get(name) === value) labels.set(name, `${value}-other`);
    }
    series.push(labelsFrom(labels));
  });
  return series;
}

/** A text that a pattern probably matches: its first alternative, with wildcards and classes made simple. */
function exampleOf(pattern: string): string {
  const [first = ''] = pattern.replaceAll(/[()^$]|\?:/g, '').split('|');
  return first
    .replaceAll(/\.[*+]\??/g, 'x')
    .replaceAll(/\[[^\]]*\][*+?]?/g, '1')
    .replaceAll(/\\d[*+]?/g, '1')
    .replaceAll(/\\(.)/g, '$1')
    .replaceAll(/[?*+]/g, '');
}
