import type { SloSummary } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';

type Counting = Pick<SloSummary, 'problem' | 'progress' | 'reliable' | 'total' | 'coverage' | 'minEvents'>;

/** Why a budget says little or nothing: it is not counted, its past is still being counted, or too little was. */
export function CountingState({
  objective: { problem, progress, reliable, total, coverage, minEvents },
}: {
  readonly objective: Counting;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (problem !== '') return <div className="tone-warning break">{t('slo.notCounted', { problem })}</div>;
  if (progress < 1) return <div className="dim">{t('slo.counting', { share: formats.value(progress, 'ratio') })}</div>;
  if (reliable) return null;
  if (total > 0 && total < minEvents)
    return <div className="dim">{t('slo.tooFew', { events: formats.value(total, 'short') })}</div>;
  return (
    <div className="dim">
      {total === 0 ? t('slo.noEvents') : t('slo.tooLittle', { coverage: formats.value(coverage, 'ratio') })}
    </div>
  );
}
