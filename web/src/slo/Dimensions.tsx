import type { SloDetail } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { useSloWords } from './useSloWords.ts';

const first = 12;

/** Who spent the budget: each label set's bad events, its share of all bad ones, and of the budget. */
export function Dimensions({ objective }: { readonly objective: SloDetail }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const words = useSloWords();
  const [all, setAll] = useState(false);
  const { dimensions, total, targetPercent } = objective;
  const budget = (1 - targetPercent / 100) * total;
  const shown = all ? dimensions : dimensions.slice(0, first);
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th>{t('slo.dimension')}</th>
            <th className="right">{t('slo.badOnes')}</th>
            <th className="right wide-cell">{t('slo.ofEvents')}</th>
            <th className="right">{t('slo.shareOfBad')}</th>
            <th className="right">{t('slo.shareOfBudget')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ labels, bad, total: events, shareOfBad }) => (
            <tr key={JSON.stringify(labels)}>
              <td className="mono break">
                {Object.entries(labels)
                  .map(([name, value]) => `${name}=${value}`)
                  .join(' ')}
              </td>
              <td className="right num">{formats.value(bad, 'short')}</td>
              <td className="right num wide-cell">{formats.value(events, 'short')}</td>
              <td className="right num slo-share">
                <span className="slo-share-bar" style={{ width: `${shareOfBad * 100}%` }} aria-hidden />
                {formats.value(shareOfBad, 'ratio')}
              </td>
              <td className="right num">{budget > 0 ? words.budget(bad / budget) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {dimensions.length > shown.length && (
        <button type="button" className="text-button slo-more" onClick={() => setAll(true)}>
          {t('actions.more', { count: dimensions.length - shown.length })}
        </button>
      )}
    </div>
  );
}
