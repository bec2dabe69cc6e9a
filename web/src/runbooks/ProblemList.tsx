import { IconLinkOff } from '@tabler/icons-react';
import type { RunbookProblem } from '@trilith/contract';
import { useTranslation } from 'react-i18next';

/** What is wrong with a runbook: dead links, queries that cannot be asked. */
export function ProblemList({ problems }: { readonly problems: readonly RunbookProblem[] }) {
  const { t } = useTranslation();
  if (problems.length === 0) return null;
  return (
    <ul className="runbook-problems" aria-label={t('runbooks.problems')}>
      {problems.map(({ kind, line, subject, text }) => (
        <li key={`${kind} ${line} ${subject} ${text}`} className="note tone-warning break">
          <IconLinkOff size={14} aria-hidden />
          <span>
            {line > 0 && <span className="num">{t('runbooks.line', { line })}: </span>}
            {kind === 'link' && <code>{subject}</code>} {text}
          </span>
        </li>
      ))}
    </ul>
  );
}
