import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { piecesOf, startOf } from './lineText.ts';

const longestShown = 4000;

interface Props {
  readonly text: string;
  readonly wanted: readonly string[];
  /** Shows a long text to its end. */
  readonly whole?: boolean;
}

/** How many characters of a long text are not shown. */
function Cut({ characters }: { readonly characters: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const count = formats.integer(characters);
  return (
    <span className="folded" title={t('logs.cutText', { count })}>
      … +{count}
    </span>
  );
}

/** A line's text with terminal colours, marks of what was searched for and chips where something was masked. */
export function LineText({ text, wanted, whole = false }: Props) {
  let at = 0;
  const shown = whole ? text : startOf(text, longestShown);
  const pieces = piecesOf(shown, wanted).map((piece) => {
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
  if (shown.length === text.length) return pieces;
  return (
    <>
      {pieces}
      <Cut characters={text.length - shown.length} />
    </>
  );
}

function Masked({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <span className="masked" title={t('logs.masked')}>
      {children}
    </span>
  );
}
