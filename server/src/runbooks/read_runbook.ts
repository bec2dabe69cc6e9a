import type { RunbookBlock, RunbookProblem } from '@trilith/contract';
import { ConfigFileError } from '../base/yaml_reader.ts';
import { readDocument, textOf } from './document.ts';
import { bodyAfter, type FrontMatter, readFrontMatter } from './front_matter.ts';
import type { Runbook } from './runbook.ts';

/** Reads a Markdown file. What is wrong with it is in `problems`: the rest can be read all the same. */
export function readRunbook(source: string, name: string, changedMs: number): Runbook {
  const problems: RunbookProblem[] = [];
  const { title, alerts, labels, body, lines } = frontMatter(source, problems);
  const document = readDocument(body, name, lines);
  const [first] = document.blocks;
  const ownTitle = first?.kind === 'heading' && first.level === 1 ? textOf(first.children) : '';
  return {
    name,
    title: title || ownTitle || (name.split('/').at(-1) ?? name),
    changedMs,
    alerts,
    labels,
    // The page shows the title above.
    blocks: ownTitle === '' || (title !== '' && title !== ownTitle) ? document.blocks : document.blocks.slice(1),
    headings: document.headings,
    links: document.links,
    problems: [...problems, ...document.problems],
  };
}

function frontMatter(source: string, problems: RunbookProblem[]): FrontMatter {
  try {
    return readFrontMatter(source);
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    problems.push({ kind: 'front_matter', line: error.line, subject: '', text: error.reason });
    return { title: '', alerts: [], labels: new Map(), ...bodyAfter(source) };
  }
}

/** Every query among blocks. */
export function queriesOf(blocks: readonly RunbookBlock[]): (RunbookBlock & { kind: 'query' })[] {
  return blocks.flatMap((block) => {
    switch (block.kind) {
      case 'query':
        return [block];
      case 'quote':
        return queriesOf(block.children);
      case 'list':
        return block.items.flatMap(({ children }) => queriesOf(children));
      default:
        return [];
    }
  });
}
