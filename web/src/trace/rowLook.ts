import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor, type Theme } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import type { Formats } from '../i18n/makeFormats.ts';
import type { SpanTable } from './spanTable.ts';

/** What every row of a trace is drawn with, looked up once for all: a row that scrolls by asks no context. */
export interface RowLook {
  readonly theme: Theme;
  readonly formats: Formats;
  /** By place in the table's services. */
  readonly colors: readonly string[];
  readonly words: {
    readonly expand: string;
    readonly collapse: string;
    readonly ownError: string;
    readonly childError: string;
    readonly parentMissing: string;
    readonly links: string;
    readonly slower: string;
    readonly slowest: string;
  };
}

/** The look in the theme, language and zone in use; the same object until one of them changes. */
export function useRowLook(table: SpanTable): RowLook {
  const { t } = useTranslation();
  const theme = useTheme();
  const formats = useFormats();
  return useMemo(
    () => ({
      theme,
      formats,
      colors: table.services.map((name) => serviceColor(name, theme)),
      words: {
        expand: t('trace.expand'),
        collapse: t('trace.collapse'),
        ownError: t('trace.ownError'),
        childError: t('trace.childError'),
        parentMissing: t('trace.parentMissing'),
        links: t('trace.links'),
        slower: t('trace.usual.short.slower'),
        slowest: t('trace.usual.short.slowest'),
      },
    }),
    [table, theme, formats, t],
  );
}
