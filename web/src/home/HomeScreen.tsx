import { useTranslation } from 'react-i18next';
import { useTitle } from '../app/useTitle.ts';
import { HostPanel } from './HostPanel.tsx';
import { IngestPanel } from './IngestPanel.tsx';
import { OnWatchPanel } from './OnWatchPanel.tsx';
import { ProblemsPanel } from './ProblemsPanel.tsx';
import { ServicesPanel } from './ServicesPanel.tsx';

/** "Now": what is wrong, the services, this host, and whether data arrives. */
export function HomeScreen() {
  const { t } = useTranslation();
  useTitle(t('home.title'));
  return (
    <div className="home">
      <h1 className="visually-hidden">{t('home.title')}</h1>
      <OnWatchPanel />
      <div className="home-top">
        <ProblemsPanel />
        <IngestPanel />
      </div>
      <ServicesPanel />
      <HostPanel />
    </div>
  );
}
