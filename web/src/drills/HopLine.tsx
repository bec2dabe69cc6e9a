import { IconCheck, IconHourglass, IconMinus, IconPoint, IconX } from '@tabler/icons-react';
import type { DrillHop } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';

const icons = { passed: IconCheck, failed: IconX, skipped: IconMinus, waiting: IconPoint };

interface Props {
  readonly hop: DrillHop;
  readonly nowMs: number;
  readonly isRunning: boolean;
}

/** A hop of a drill: whether and when it was passed, how long that took, and what was seen. */
export function HopLine({ hop: { hop, outcome, atMs, tookMs, isVirtual, deadlineMs, text }, nowMs, isRunning }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const waited = isRunning && outcome === 'waiting' && deadlineMs !== null;
  const Icon = waited ? IconHourglass : icons[outcome];
  return (
    <li data-outcome={waited ? 'current' : outcome} aria-current={waited ? 'step' : undefined}>
      <span className="hop-mark" role="img" aria-label={t(`drills.outcome.${waited ? 'current' : outcome}`)}>
        <Icon size={13} aria-hidden />
      </span>
      <div className="hop-head">
        <strong>{t(`drills.hop.${hop}`)}</strong>
        {atMs !== null && <span className="dim num">{formats.clock(atMs).slice(0, 8)}</span>}
        {tookMs !== null && (
          <span className="num">
            +{formats.duration(tookMs)}
            {isVirtual && <span className="dim"> {t('drills.virtual')}</span>}
          </span>
        )}
        {waited && (
          <span className="tone-info num">
            {t('drills.deadline', {
              time: formats.duration(Math.max(0, Math.round((deadlineMs - nowMs) / 1000) * 1000)),
            })}
          </span>
        )}
      </div>
      {text !== '' && <div className="break">{text}</div>}
    </li>
  );
}
