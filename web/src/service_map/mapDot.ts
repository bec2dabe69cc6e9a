import type { MapNodeKind, ServiceMapAnswer } from '@trilith/contract';

const shapes: Readonly<Record<MapNodeKind, string>> = {
  service: 'box',
  database: 'cylinder',
  queue: 'cds',
  external: 'ellipse',
};

/** Text in quotes (graphviz.org/doc/info/lang.html): a quote is escaped, and a backslash would begin an escape. */
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** A map as a directed graph in Graphviz's language; calls are labelled with their rate a second and share of errors. */
export function mapDot({ nodes, edges }: Pick<ServiceMapAnswer, 'nodes' | 'edges'>): string {
  const figure = (value: number): string => String(Number(value.toPrecision(3)));
  return [
    'digraph services {',
    '  rankdir=LR;',
    ...nodes.map(({ id, name, kind }) => `  ${quoted(id)} [label=${quoted(name)}, shape=${shapes[kind]}];`),
    ...edges.map(({ from, to, kind, rate, errorRatio }) => {
      const errors = errorRatio === 0 ? '' : `, ${figure(errorRatio * 100)} % errors`;
      const style = kind === 'message' ? ', style=dashed' : '';
      return `  ${quoted(from)} -> ${quoted(to)} [label=${quoted(`${figure(rate)}/s${errors}`)}${style}];`;
    }),
    '}',
    '',
  ].join('\n');
}
