import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Failure } from '../states/States.tsx';
import type { Answer } from '../states/useAnswer.ts';
import type { AskedRow } from './formula.ts';
import type { Remark } from './remarks.ts';

interface FailuresProps {
  readonly answers: readonly { readonly asked: AskedRow; readonly answer: Answer<unknown> }[];
  /** Letters are only said where there are several queries. */
  readonly several: boolean;
}

/** Queries that failed beside ones that did not; each with its letter. */
export function RowFailures({ answers, several }: FailuresProps) {
  const failed = answers.filter(({ answer }) => answer.failure !== null && answer.data === undefined);
  return failed.map(({ asked, answer }) => (
    <div key={`${asked.row.letter} ${asked.query}`} className="row-failure">
      {several && <span className="query-letter">{asked.row.letter}</span>}
      {answer.failure !== null && <Failure failure={answer.failure} onRetry={answer.retry} height={60} />}
    </div>
  ));
}

interface RemarksProps {
  readonly remarks: readonly { readonly letter: string; readonly remark: Remark }[];
  readonly several: boolean;
}

const mostShown = 5;

/** Warnings and notes on the queries; the editor underlines the places they speak of. */
export function RowRemarks({ remarks, several }: RemarksProps) {
  const { t } = useTranslation();
  return remarks.slice(0, mostShown).map(({ letter, remark }) => {
    const warns = remark.severity === 'warning';
    const Icon = warns ? IconAlertTriangle : IconInfoCircle;
    return (
      <div
        key={`${letter} ${remark.message} ${remark.from}`}
        className={warns ? 'note tone-warning' : 'note tone-info'}
        role="status"
      >
        <Icon size={14} role="img" aria-label={warns ? t('metrics.remarkWarning') : t('metrics.remarkInfo')} />
        <span>
          {several && <strong>{letter}: </strong>}
          {remark.message}
        </span>
      </div>
    );
  });
}
