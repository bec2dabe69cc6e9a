import { openSpotlight } from '@mantine/spotlight';
import { IconHelp, IconLanguage, IconMoon, IconSearch, IconShare, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { TimeControl } from '../time/TimeControl.tsx';
import { IconButton } from './IconButton.tsx';
import { ScopeSelect } from './ScopeSelect.tsx';

interface Props {
  readonly onHelp: () => void;
  readonly onShare: () => void;
  readonly onTheme: () => void;
  readonly onLanguage: () => void;
  readonly dark: boolean;
}

export function Header({ onHelp, onShare, onTheme, onLanguage, dark }: Props) {
  const { t, i18n } = useTranslation();
  return (
    <header className="header">
      <ScopeSelect />
      <button type="button" className="palette-button" onClick={openSpotlight} aria-label={t('header.palette')}>
        <IconSearch size={14} aria-hidden />
        <span>{t('actions.search')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div className="header-gap" />
      <TimeControl />
      <div className="header-tools">
        <IconButton label={t('header.share')} onClick={onShare}>
          <IconShare size={17} stroke={1.7} aria-hidden />
        </IconButton>
        <IconButton label={t('header.theme')} onClick={onTheme}>
          {dark ? <IconSun size={17} stroke={1.7} aria-hidden /> : <IconMoon size={17} stroke={1.7} aria-hidden />}
        </IconButton>
        <IconButton label={t('header.language')} onClick={onLanguage}>
          <span className="language-mark">
            <IconLanguage size={15} stroke={1.7} aria-hidden />
            {i18n.language.toUpperCase()}
          </span>
        </IconButton>
        <IconButton label={t('header.help')} onClick={onHelp}>
          <IconHelp size={17} stroke={1.7} aria-hidden />
        </IconButton>
      </div>
    </header>
  );
}
