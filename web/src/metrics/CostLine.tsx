import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import type { Cost } from './useAsked.ts';

/** What the answers on the page cost: samples, time, bytes. */
export function CostLine({ cost }: { readonly cost: Cost | null }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (cost === null) return null;
  const parts = [
    t('metrics.costSamples', { samples: formats.integer(cost.samples) }),
    formats.duration(cost.ms),
    ...(cost.bytesRead === null
      ? []
      : cost.bytesRead === 0
        ? [t('metrics.costMemory')]
        : [t('metrics.costBytes', { bytes: formats.value(cost.bytesRead, 'bytes') })]),
  ];
  return (
    <span className="cost-line" title={t('metrics.cost')}>
      {parts.join(' · ')}
    </span>
  );
}
