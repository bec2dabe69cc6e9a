import { useTranslation } from 'react-i18next';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { type ScreenKey, screens } from './screens.ts';

function Mark() {
  return (
    <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
      <rect x="2" y="4" width="28" height="7" rx="2" fill="#4c9aff" />
      <rect x="5" y="13" width="7" height="16" rx="2" fill="#f2b04b" />
      <rect x="20" y="13" width="7" height="16" rx="2" fill="#b48cf2" />
    </svg>
  );
}

/** The screens, at the left; at phone width along the bottom. */
export function Rail({ active }: { readonly active: ScreenKey }) {
  const { t } = useTranslation();
  return (
    <nav className="rail" aria-label={t('nav.label')}>
      <ScreenLink to="/" className="rail-mark" aria-label={`Trilith: ${t('nav.home')}`}>
        <Mark />
      </ScreenLink>
      {screens.map(({ path, key, icon: Icon }) => (
        <ScreenLink
          key={key}
          to={path}
          className="rail-item"
          data-active={key === active || undefined}
          aria-current={key === active ? 'page' : undefined}
        >
          <Icon size={20} stroke={1.6} aria-hidden />
          <span>{t(`nav.${key}`)}</span>
        </ScreenLink>
      ))}
    </nav>
  );
}
