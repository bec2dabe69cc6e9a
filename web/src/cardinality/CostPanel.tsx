import { useTranslation } from 'react-i18next';
import { fetchServiceCost } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { CountTable } from './CountTable.tsx';
import type { Narrowing } from './narrowing.ts';

interface Props {
  readonly onNarrow: (change: Partial<Narrowing>) => void;
}

const gridMs = 60_000;

/** What each service's metrics cost: series, samples a second, bytes a day. */
export function CostPanel({ onNarrow }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const toMs = Math.floor(range.toMs / gridMs) * gridMs;
  const answer = useAnswer({
    subject: ['service-cost'],
    at: [toMs],
    ask: (signal) => fetchServiceCost(toMs, signal),
  });
  return (
    <Answered answer={answer} height={160}>
      {({ services, stored }) => {
        const all = services.reduce((sum, one) => sum + one.samplesPerSecond, 0);
        return (
          <CountTable
            title={t('cardinality.services')}
            columns={[
              t('cardinality.service'),
              t('cardinality.series'),
              t('cardinality.samplesColumn'),
              t('cardinality.bytesColumn'),
            ]}
            shareLabel={t('cardinality.share')}
            rest={
              stored === null
                ? t('cardinality.servicesHint')
                : `${t('cardinality.servicesHint')} ${t('cardinality.onDisk')}: ${formats.value(stored.bytes, 'bytes')} · ${t(
                    'cardinality.onDiskFacts',
                    {
                      samples: formats.integer(stored.samples),
                      each: formats.value(stored.bytes / stored.samples, 'bytes'),
                    },
                  )}`
            }
            rows={services.map(({ name, series, samplesPerSecond, bytesPerDay }) => ({
              key: name,
              name:
                name === '' ? (
                  <span className="dim">{t('cardinality.noService')}</span>
                ) : (
                  <button type="button" className="text-button" onClick={() => onNarrow({ service: name })}>
                    {name}
                  </button>
                ),
              figures: [
                formats.integer(series),
                formats.value(samplesPerSecond, 'short'),
                formats.value(bytesPerDay, 'bytes'),
              ],
              share: all === 0 ? 0 : samplesPerSecond / all,
              tools: null,
            }))}
          />
        );
      }}
    </Answered>
  );
}
