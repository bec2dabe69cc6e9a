import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { piecesOf } from './lineText.ts';

const longestShown = 4000;

interface Props {
  readonly text: string;
  readonly wanted: readonly string[];
  /** Shows a long text to its end. */
  readonly whole?: boolean;
}

/** A line's text with terminal colours, marks of what was searched for and chips where something was masked. */
export function LineText({ text, wanted, whole = false }: Props) {
  let at = 0;
  return piecesOf(whole ? text : text.slice(0, longestShown), wanted).map((piece) => {
    const key = at;
    at += piece.text.length;
    const own = piece.marked ? <mark>{piece.text}</mark> : piece.text;
    if (piece.masked) return <Masked key={key}>{own}</Masked>;
    if (piece.color === null && !piece.bold) return <span key={key}>{own}</span>;
    return (
      <span key={key} data-ansi={piece.color ?? undefined} data-bold={piece.bold || undefined}>
        {own}
      </span>
    );
  });
}

function Masked({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <span className="masked" title={t('logs.masked')}>
      {children}
    </span>
  );
}
