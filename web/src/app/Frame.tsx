import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { openSpotlight } from '@mantine/spotlight';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useLanguage } from '../i18n/setup.ts';
import { absolute } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { goTo, patchSearch } from '../url/view.ts';
import { Banner } from './Banner.tsx';
import { Header } from './Header.tsx';
import { HelpDialog } from './HelpDialog.tsx';
import { keymap } from './keymap.ts';
import { Palette } from './Palette.tsx';
import { Rail } from './Rail.tsx';
import { useShortcuts } from './Shortcuts.tsx';
import { screenOf, screens } from './screens.ts';
import { useCopy } from './Toasts.tsx';

/** Everything around a screen: rail, header, banner, palette, help, and the keys that work everywhere. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const [path] = useLocation();
  const [helpOpen, setHelpOpen] = useState(false);
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('dark');
  const { language, setLanguage } = useLanguage();
  const time = useTime();
  const copy = useCopy();

  const toggleTheme = (): void => setColorScheme(scheme === 'dark' ? 'light' : 'dark');
  const toggleLanguage = (): void => setLanguage(language === 'en' ? 'ru' : 'en');
  const share = (): void => {
    const fixed = absolute(time.range);
    const search = patchSearch(window.location.search, { from: fixed.from, to: fixed.to, refresh: null });
    copy(`${window.location.origin}${window.location.pathname}?${search}`, t('header.shared'));
  };

  useShortcuts([
    { id: 'palette', strokes: keymap.palette, run: openSpotlight },
    { id: 'help', strokes: keymap.help, run: () => setHelpOpen(true) },
    { id: 'search', strokes: keymap.search, run: focusSearch },
    { id: 'share', strokes: keymap.share, run: share },
    { id: 'theme', strokes: keymap.theme, run: toggleTheme },
    { id: 'language', strokes: keymap.language, run: toggleLanguage },
    { id: 'goExplore', strokes: keymap.goExplore, run: () => goTo('/explore/metrics') },
    { id: 'goSlo', strokes: keymap.goSlo, run: () => goTo('/slo') },
    { id: 'goOnCall', strokes: keymap.goOnCall, run: () => goTo('/on-call') },
    ...screens.map((screen) => ({
      id: screen.shortcut,
      strokes: keymap[screen.shortcut],
      run: () => goTo(screen.path),
    })),
  ]);

  return (
    <div className="frame">
      <a className="skip-link" href="#content">
        {t('nav.skip')}
      </a>
      <Rail active={screenOf(path)} />
      <div className="frame-main">
        <Header
          onHelp={() => setHelpOpen(true)}
          onShare={share}
          onTheme={toggleTheme}
          onLanguage={toggleLanguage}
          dark={scheme === 'dark'}
        />
        <Banner />
        <main id="content" className="content" tabIndex={-1}>
          {children}
        </main>
      </div>
      <Palette onTheme={toggleTheme} onLanguage={toggleLanguage} onShare={share} onHelp={() => setHelpOpen(true)} />
      <HelpDialog opened={helpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  );
}

/** Puts the cursor into the screen's main box, which marks itself with `data-main-search`. */
function focusSearch(): void {
  const box = document.querySelector('[data-main-search]');
  const target = box?.querySelector('.cm-content') ?? box;
  if (target instanceof HTMLElement) target.focus();
}
