import { tokenize } from '@trilith/lang/promql';
import type { ReactNode } from 'react';

interface Props {
  readonly language: 'promql' | 'logql';
  readonly text: string;
}

type Kind = ReturnType<typeof tokenize>[number]['kind'];

/** What a kind of token is coloured as; undefined for names of metrics and labels. */
function lookOf(kind: Kind): string | undefined {
  if (kind === 'string' || kind === 'comment') return kind;
  if (kind === 'number' || kind === 'duration') return 'number';
  if (/^[a-z]/.test(kind) && kind !== 'identifier' && kind !== 'metric-identifier') return 'keyword';
  return /^\W/.test(kind) ? 'punctuation' : undefined;
}

/** A rule's expression in the editor's colours, to be read: LogQL has no lexer of PromQL's and stays plain. */
export function Expression({ language, text }: Props) {
  return <code className="expression">{language === 'promql' ? coloured(text) : text}</code>;
}

function coloured(text: string): readonly ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const { kind, start, end } of tokenize(text)) {
    if (kind === 'eof' || kind === 'error' || start < at) continue;
    if (start > at) parts.push(text.slice(at, start));
    const look = lookOf(kind);
    const word = text.slice(start, end);
    parts.push(
      look === undefined ? (
        word
      ) : (
        <span key={start} className={`code-${look}`}>
          {word}
        </span>
      ),
    );
    at = end;
  }
  return [...parts, text.slice(at)];
}
