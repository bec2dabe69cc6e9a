import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import { en } from './en.ts';
import { ru } from './ru.ts';

export type Language = 'en' | 'ru';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

const storageKey = 'trilith-language';

function firstLanguage(): Language {
  const stored = localStorage.getItem(storageKey);
  if (stored === 'en' || stored === 'ru') return stored;
  return navigator.languages.some((one) => one.toLowerCase().startsWith('ru')) ? 'ru' : 'en';
}

/** Starts the translations; synchronous, both languages are in the bundle. */
export function startI18n(): void {
  void i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, ru: { translation: ru } },
    lng: firstLanguage(),
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  document.documentElement.lang = i18next.language;
}

/** The language in use and the way to change it without a reload. */
export function useLanguage(): { readonly language: Language; readonly setLanguage: (language: Language) => void } {
  const { i18n } = useTranslation();
  return {
    language: i18n.language === 'ru' ? 'ru' : 'en',
    setLanguage: (language) => {
      localStorage.setItem(storageKey, language);
      document.documentElement.lang = language;
      void i18n.changeLanguage(language);
    },
  };
}
