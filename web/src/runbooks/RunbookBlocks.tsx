import type { RunbookBlock, RunbookListItem } from '@trilith/contract';
import { keyed } from './keyed.ts';
import { LiveQuery } from './LiveQuery.tsx';
import { RunbookText } from './RunbookText.tsx';

interface Props {
  readonly blocks: readonly RunbookBlock[];
  /** Fingerprint of the alert the page was opened from. */
  readonly alert: string | null;
}

/** The text of a runbook. Nothing of it is HTML: every element is made here. */
export function RunbookBlocks({ blocks, alert }: Props) {
  return keyed(blocks).map(({ key, item }) => <Block key={key} block={item} alert={alert} />);
}

function Block({ block, alert }: { readonly block: RunbookBlock; readonly alert: string | null }) {
  switch (block.kind) {
    case 'heading':
      return <Heading block={block} alert={alert} />;
    case 'paragraph':
      return (
        <p>
          <RunbookText pieces={block.children} alert={alert} />
        </p>
      );
    case 'quote':
      return (
        <blockquote>
          <RunbookBlocks blocks={block.children} alert={alert} />
        </blockquote>
      );
    case 'list':
      return <List block={block} alert={alert} />;
    case 'code':
      return <pre className="code-block">{block.text}</pre>;
    case 'query':
      return <LiveQuery query={block} />;
    case 'table':
      return <Table block={block} alert={alert} />;
    case 'rule':
      return <hr />;
  }
}

type Of<Kind extends RunbookBlock['kind']> = {
  readonly block: Extract<RunbookBlock, { kind: Kind }>;
  readonly alert: string | null;
};

/** The page's title is above: headings of the text begin one level below it. */
const levels = ['h2', 'h2', 'h3', 'h4', 'h5', 'h6'] as const;

function Heading({ block: { level, id, children }, alert }: Of<'heading'>) {
  const Level = levels[level - 1] ?? 'h6';
  return (
    <Level id={id}>
      <RunbookText pieces={children} alert={alert} />
    </Level>
  );
}

function List({ block: { ordered, start, items }, alert }: Of<'list'>) {
  const rows = keyed(items).map(({ key, item }) => <Item key={key} item={item} alert={alert} />);
  return ordered ? <ol start={start}>{rows}</ol> : <ul>{rows}</ul>;
}

function Item({
  item: { checked, children },
  alert,
}: {
  readonly item: RunbookListItem;
  readonly alert: string | null;
}) {
  const [first, ...rest] = children;
  return (
    <li data-task={checked !== null || undefined}>
      {/* Ticked by whoever works through it: it is remembered nowhere. */}
      {checked !== null && <input type="checkbox" defaultChecked={checked} />}
      {first?.kind === 'paragraph' ? (
        <>
          <RunbookText pieces={first.children} alert={alert} />
          <RunbookBlocks blocks={rest} alert={alert} />
        </>
      ) : (
        <RunbookBlocks blocks={children} alert={alert} />
      )}
    </li>
  );
}

function Table({ block: { align, head, rows }, alert }: Of<'table'>) {
  const style = (at: number) => ({ textAlign: align[at] ?? 'left' });
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            {keyed(head).map(({ key, item }, at) => (
              <th key={key} style={style(at)}>
                <RunbookText pieces={item} alert={alert} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {keyed(rows).map(({ key, item: row }) => (
            <tr key={key}>
              {keyed(row).map(({ key: cell, item }, at) => (
                <td key={cell} style={style(at)}>
                  <RunbookText pieces={item} alert={alert} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
