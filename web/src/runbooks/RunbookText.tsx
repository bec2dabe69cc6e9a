import type { RunbookInline } from '@trilith/contract';
import { safeLink } from '../alerts/safeLink.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { keyed } from './keyed.ts';

interface Props {
  readonly pieces: readonly RunbookInline[];
  /** Kept on links to other runbooks, so that labels of the alert stand in their queries too. */
  readonly alert: string | null;
}

/** Running text. */
export function RunbookText({ pieces, alert }: Props) {
  return keyed(pieces).map(({ key, item }) => <Piece key={key} piece={item} alert={alert} />);
}

function Piece({ piece, alert }: { readonly piece: RunbookInline; readonly alert: string | null }) {
  switch (piece.kind) {
    case 'text':
      return piece.text;
    case 'code':
      return <code>{piece.text}</code>;
    case 'strong':
      return (
        <strong>
          <RunbookText pieces={piece.children} alert={alert} />
        </strong>
      );
    case 'emphasis':
      return (
        <em>
          <RunbookText pieces={piece.children} alert={alert} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <RunbookText pieces={piece.children} alert={alert} />
        </s>
      );
    case 'break':
      return <br />;
    case 'image':
      return piece.src.startsWith('/api/runbooks/') ? (
        <img className="runbook-image" src={piece.src} alt={piece.alt} loading="lazy" />
      ) : (
        piece.alt
      );
    case 'link':
      return <Followed href={piece.href} text={<RunbookText pieces={piece.children} alert={alert} />} alert={alert} />;
  }
}

interface FollowedProps {
  readonly href: string;
  readonly text: React.ReactNode;
  readonly alert: string | null;
}

/** A link of the text; what may not be followed is its words. */
function Followed({ href, text, alert }: FollowedProps) {
  if (href.startsWith('#') || href.startsWith('/api/runbooks/') || /^mailto:/i.test(href))
    return <a href={href}>{text}</a>;
  if (href.startsWith('/') && !href.startsWith('//')) {
    const [path = '', hash] = href.split('#');
    const [to = '', search] = path.split('?');
    const isRunbook = to.startsWith('/runbooks/');
    const patch = isRunbook ? { alert } : Object.fromEntries(new URLSearchParams(search));
    // The router does not scroll to a heading: a whole load does.
    return hash === undefined ? (
      <ScreenLink to={to} with={patch}>
        {text}
      </ScreenLink>
    ) : (
      <a href={`${to}${alert === null || !isRunbook ? '' : `?alert=${alert}`}#${hash}`}>{text}</a>
    );
  }
  const safe = safeLink(href);
  if (safe === null) return text;
  return (
    <a href={safe} target="_blank" rel="noreferrer">
      {text}
    </a>
  );
}
