import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { alertPageOf, alertPages } from './alertPages.ts';

/** The screens of alerting beside one another; at phone width the row scrolls. */
export function AlertPages() {
  const { t } = useTranslation();
  const [path] = useLocation();
  const active = alertPageOf(path);
  const row = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the link that is current changes with `active`.
  useEffect(() => {
    const current = row.current?.querySelector('[aria-current]');
    if (row.current !== null && current instanceof HTMLElement)
      row.current.scrollLeft = current.offsetLeft - (row.current.clientWidth - current.clientWidth) / 2;
  }, [active]);
  return (
    <nav ref={row} className="alert-pages" aria-label={t('alertPages.label')}>
      {alertPages.map(({ path: to, key }) => (
        <ScreenLink key={key} to={to} aria-current={key === active ? 'page' : undefined}>
          {t(`alertPages.${key}`)}
        </ScreenLink>
      ))}
    </nav>
  );
}
