import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconActivity, IconBox, IconClock, IconCommand, IconSearch, IconTimeline } from '@tabler/icons-react';
import type { ParseKeys } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { resolveText } from '../data/trilith.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { defaultRange } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { goTo } from '../url/view.ts';
import { traceIdIn } from './pasted.ts';
import { screens } from './screens.ts';
import { useServices } from './useServices.ts';

interface Props {
  readonly onTheme: () => void;
  readonly onLanguage: () => void;
  readonly onShare: () => void;
  readonly onHelp: () => void;
}

function useFound(text: string): SpotlightActionData[] {
  const { t } = useTranslation();
  const [asked] = useDebouncedValue(text.trim(), 150);
  const id = traceIdIn(text);
  const answer = useAnswer({
    subject: ['resolve', asked],
    at: [],
    ask: (signal) => resolveText(asked, signal),
    enabled: asked.length > 1,
  });
  const places = answer.data?.places ?? [];
  const found: SpotlightActionData[] = places
    .filter((place) => place.kind !== 'service' && !(place.kind === 'trace' && place.traceId === id))
    .map((place) => {
      if (place.kind === 'trace')
        return traceAction(
          place.traceId,
          t('palette.openTrace', { id: place.traceId }),
          place.spans === null ? '' : t('palette.traceSpans', { count: place.spans }),
        );
      const metric = place.kind === 'metric' ? place.name : '';
      return {
        id: `metric:${metric}`,
        label: metric,
        description: place.kind === 'metric' && place.help !== '' ? place.help : t('palette.metric'),
        leftSection: <IconActivity size={18} stroke={1.6} aria-hidden />,
        onClick: () => goTo('/explore/metrics', { q: metric }),
      };
    });
  if (id !== null) found.unshift(traceAction(id, t('palette.openTrace', { id }), ''));
  if (text.trim() !== '' && id === null) {
    found.push({
      id: 'search-logs',
      label: t('palette.searchLogs', { text: text.trim().slice(0, 60) }),
      leftSection: <IconSearch size={18} stroke={1.6} aria-hidden />,
      onClick: () => goTo('/explore/logs', { q: text.trim() }),
    });
  }
  return found;
}

function traceAction(id: string, label: string, description: string): SpotlightActionData {
  return {
    id: `trace:${id}`,
    label,
    description,
    leftSection: <IconTimeline size={18} stroke={1.6} aria-hidden />,
    onClick: () => goTo(`/trace/${id}`),
  };
}

/** Ctrl+K: screens, services, commands, and whatever was pasted. Names are searchable in both languages. */
export function Palette({ onTheme, onLanguage, onShare, onHelp }: Props) {
  const { t, i18n } = useTranslation();
  const [query, setQuery] = useState('');
  const time = useTime();
  const services = useServices().data?.services ?? [];
  const found = useFound(query);
  const both = (key: ParseKeys): string[] => [i18n.getFixedT('en')(key), i18n.getFixedT('ru')(key)];
  const matches = (words: readonly string[]): boolean =>
    words.some((word) => word.toLowerCase().includes(query.trim().toLowerCase()));
  const command = (id: string, key: ParseKeys, onClick: () => void) => ({
    id,
    label: t(key),
    words: both(key),
    onClick,
    leftSection: <IconCommand size={18} stroke={1.6} aria-hidden />,
  });
  const foundGroup = { group: t('palette.found'), actions: found };
  const pasted = traceIdIn(query) !== null;
  const groups: SpotlightActionGroupData[] = [
    ...(pasted ? [foundGroup] : []),
    {
      group: t('palette.goTo'),
      actions: screens
        .map(({ path, key, icon: Icon }) => ({
          id: path,
          label: t(`nav.${key}`),
          words: both(`nav.${key}`),
          leftSection: <Icon size={18} stroke={1.6} aria-hidden />,
          onClick: () => goTo(path),
        }))
        .filter((one) => matches(one.words))
        .map(({ words: _, ...action }) => action),
    },
    {
      group: t('palette.services'),
      actions: services
        .filter((service) => matches([service.name]))
        .slice(0, 8)
        .map((service) => ({
          id: `service:${service.name}`,
          label: service.name,
          leftSection: <IconBox size={18} stroke={1.6} aria-hidden />,
          onClick: () => goTo(`/services/${encodeURIComponent(service.name)}`),
        })),
    },
    ...(pasted ? [] : [foundGroup]),
    {
      group: t('palette.actions'),
      actions: [
        command('theme', 'header.theme', onTheme),
        command('language', 'header.language', onLanguage),
        command('share', 'header.share', onShare),
        command('help', 'header.help', onHelp),
        {
          ...command('hour', 'palette.lastHour', () => time.setRange(defaultRange)),
          leftSection: <IconClock size={18} stroke={1.6} aria-hidden />,
        },
      ]
        .filter((one) => matches(one.words))
        .map(({ words: _, ...action }) => action),
    },
  ];
  return (
    <Spotlight
      actions={groups.filter((group) => group.actions.length > 0)}
      query={query}
      onQueryChange={setQuery}
      filter={(_, actions) => actions}
      shortcut={null}
      scrollable
      maxHeight={440}
      nothingFound={t('palette.nothing')}
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: t('palette.placeholder'),
        'aria-label': t('palette.placeholder'),
      }}
    />
  );
}
