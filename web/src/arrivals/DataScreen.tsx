import { IconChartTreemap } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useTitle } from '../app/useTitle.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { ArrivalsPanel } from './ArrivalsPanel.tsx';
import { SamplingPanel } from './SamplingPanel.tsx';
import { SendersPanel } from './SendersPanel.tsx';
import { MaskingPanel, NoisePanel } from './StagePanels.tsx';
import { StorePanel } from './StorePanel.tsx';
import { TargetsPanel } from './TargetsPanel.tsx';

/** "Is my data arriving?" and how to make it arrive. */
export function DataScreen() {
  const { t } = useTranslation();
  useTitle(t('data.title'));
  return (
    <div className="data-screen">
      <h1 className="visually-hidden">{t('data.title')}</h1>
      <nav className="data-pages" aria-label={t('data.pages')}>
        <ScreenLink to="/data/cardinality" className="with-icon">
          <IconChartTreemap size={16} aria-hidden />
          {t('cardinality.title')}: {t('cardinality.open')}
        </ScreenLink>
      </nav>
      <ArrivalsPanel />
      <TargetsPanel />
      <SendersPanel />
      <MaskingPanel />
      <NoisePanel />
      <SamplingPanel />
      <StorePanel />
    </div>
  );
}
