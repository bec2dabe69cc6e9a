import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { alertPageOf, alertPages } from './alertPages.ts';

/** The screens of alerting beside one another; at phone width the row scrolls. */
export function AlertPages() {
  const { t } = useTranslation();
  const [path] = useLocation();
  const active = alertPageOf(path);
  return (
    <nav className="alert-pages" aria-label={t('alertPages.label')}>
      {alertPages.map(({ path: to, key }) => (
        <ScreenLink key={key} to={to} aria-current={key === active ? 'page' : undefined}>
          {t(`alertPages.${key}`)}
        </ScreenLink>
      ))}
    </nav>
  );
}
