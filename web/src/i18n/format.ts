import { useMemo } from 'react';
import { useTime } from '../time/TimeContext.tsx';
import { type Formats, makeFormats } from './makeFormats.ts';
import { useLanguage } from './setup.ts';

/** The formats of the language and zone in use. */
export function useFormats(): Formats {
  const { language } = useLanguage();
  const { zone } = useTime();
  return useMemo(() => makeFormats(language, zone), [language, zone]);
}
