import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';

interface Props {
  readonly name: string;
  readonly page: 'overview' | 'signals';
  readonly children?: ReactNode;
}

/** The service's name, its pages, and what one can do. */
export function ServiceHead({ name, page, children }: Props) {
  const { t } = useTranslation();
  const theme = useTheme();
  const path = `/services/${encodeURIComponent(name)}`;
  return (
    <div className="screen-head">
      <span className="swatch swatch-large" style={{ background: serviceColor(name, theme) }} />
      <h1>{name}</h1>
      <nav className="service-pages" aria-label={name}>
        <ScreenLink to={path} {...(page === 'overview' ? { 'aria-current': 'page' as const } : {})}>
          {t('signals.overview')}
        </ScreenLink>
        <ScreenLink to={`${path}/signals`} {...(page === 'signals' ? { 'aria-current': 'page' as const } : {})}>
          {t('signals.title')}
        </ScreenLink>
      </nav>
      <div className="screen-actions">{children}</div>
    </div>
  );
}
