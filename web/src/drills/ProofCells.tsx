import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { RuleProof } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { safeLink } from '../alerts/safeLink.ts';
import { useFormats } from '../i18n/format.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';

/** Selectors a rule needs and how many series each has now, or lines of late. */
export function ProofSeries({ series }: Pick<RuleProof, 'series'>) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (series.length === 0) return <span className="dim">–</span>;
  return (
    <ul className="proof-list">
      {series.map(({ language, selector, count }) => (
        <li key={selector} className={count === 0 ? 'tone-error' : undefined}>
          <span className="num">{count === null ? t('proof.unknown') : formats.integer(count)}</span>{' '}
          <ScreenLink
            to={language === 'logql' ? '/explore/logs' : '/explore/metrics'}
            with={{ q: selector }}
            className="mono break"
          >
            {selector}
          </ScreenLink>
        </li>
      ))}
    </ul>
  );
}

interface ReceiversProps {
  readonly receivers: RuleProof['receivers'];
  readonly nowMs: number;
}

/** Whom a rule is told to, and whether they took a notification lately. */
export function ProofReceivers({ receivers, nowMs }: ReceiversProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <ul className="proof-list">
      {receivers.map(({ receiver, integrations, lastAcceptedMs, lastError }) => (
        <li key={receiver} className="break">
          {receiver}
          <div className={lastError !== '' || integrations.length === 0 ? 'tone-error' : 'dim'}>
            {integrations.length === 0
              ? t('proof.reachesNobody')
              : lastError !== ''
                ? lastError
                : lastAcceptedMs === null
                  ? t('proof.nothingTaken')
                  : t('proof.taken', { ago: formats.ago(lastAcceptedMs, nowMs) })}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The runbook a rule names, and whether it opens. */
export function ProofRunbook({ runbook: { address, opens, error } }: Pick<RuleProof, 'runbook'>) {
  const { t } = useTranslation();
  if (address === '') return <span className="tone-warning">{t('proof.noRunbook')}</span>;
  const outside = safeLink(address);
  return (
    <>
      {address.startsWith('/') ? (
        <ScreenLink to={address}>{address}</ScreenLink>
      ) : outside === null ? (
        address
      ) : (
        <a href={outside} target="_blank" rel="noreferrer">
          {address}
        </a>
      )}
      {opens === true && (
        <span className="tone-ok" title={t('proof.opens')}>
          {' '}
          <IconCircleCheck size={14} role="img" aria-label={t('proof.opens')} />
        </span>
      )}
      {opens === false && (
        <div className="with-icon tone-error">
          <IconAlertTriangle size={14} aria-hidden /> {error}
        </div>
      )}
    </>
  );
}
