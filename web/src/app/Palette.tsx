import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import {
  IconActivity,
  IconBell,
  IconBox,
  IconClock,
  IconCommand,
  IconExternalLink,
  IconLogs,
  IconSearch,
  IconTimeline,
} from '@tabler/icons-react';
import type { ResolveAnswer } from '@trilith/contract';
import type { ParseKeys, TFunction } from 'i18next';
import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { navigate } from 'wouter/use-browser-location';
import { resolveText } from '../data/trilith.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { around, defaultRange } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { goTo } from '../url/view.ts';
import { alertPages } from './alertPages.ts';
import { type Pasted, pastedIn } from './pasted.ts';
import { screens } from './screens.ts';
import { useServices } from './useServices.ts';

const aroundRequestMs = 60_000;

interface Props {
  readonly onTheme: () => void;
  readonly onLanguage: () => void;
  readonly onShare: () => void;
  readonly onHelp: () => void;
}

function useFound(text: string, pasted: Pasted | null): SpotlightActionData[] {
  const { t } = useTranslation();
  const [asked] = useDebouncedValue(text.trim(), 150);
  const id = pasted?.kind === 'trace' ? pasted.traceId : null;
  const answer = useAnswer({
    subject: ['resolve', asked],
    at: [],
    ask: (signal) => resolveText(asked, signal),
    enabled: asked.length > 1,
  });
  const places = answer.data?.places ?? [];
  const found = places.flatMap((place) =>
    place.kind === 'trace' && place.traceId === id ? [] : placeActions(place, t),
  );
  if (pasted !== null) found.unshift(pastedAction(pasted, t));
  if (text.trim() !== '' && pasted === null) {
    found.push({
      id: 'search-logs',
      label: t('palette.searchLogs', { text: text.trim().slice(0, 60) }),
      leftSection: <IconSearch size={18} stroke={1.6} aria-hidden />,
      onClick: () => goTo('/explore/logs', { q: text.trim() }),
    });
  }
  return found;
}

/** What the server knows a text to be, as actions. Services are in the palette already. */
function placeActions(place: ResolveAnswer['places'][number], t: TFunction): SpotlightActionData[] {
  switch (place.kind) {
    case 'service':
      return [];
    case 'trace':
      return [
        traceAction(
          place.traceId,
          null,
          t('palette.openTrace', { id: place.traceId }),
          place.spans === null ? '' : t('palette.traceSpans', { count: place.spans }),
        ),
      ];
    case 'metric':
      return [
        {
          id: `metric:${place.name}`,
          label: place.name,
          description: place.help === '' ? t('palette.metric') : place.help,
          leftSection: <IconActivity size={18} stroke={1.6} aria-hidden />,
          onClick: () => goTo('/explore/metrics', { q: place.name }),
        },
      ];
    case 'request':
      return [
        {
          id: `request:${place.field}:${place.value}`,
          label: t('palette.linesOf', { field: place.field, value: place.value }),
          description: t('palette.lineCount', { count: place.lines }),
          leftSection: <IconSearch size={18} stroke={1.6} aria-hidden />,
          onClick: () =>
            goTo('/explore/logs', {
              ...around((place.fromMs + place.toMs) / 2, (place.toMs - place.fromMs) / 2 + aroundRequestMs),
              q: `{service=~".+"} | ${place.field}=${JSON.stringify(place.value)}`,
            }),
        },
      ];
  }
}

/** Where pasted text leads without asking anybody. */
function pastedAction(pasted: Pasted, t: TFunction): SpotlightActionData {
  if (pasted.kind === 'trace')
    return traceAction(pasted.traceId, pasted.spanId, t('palette.openTrace', { id: pasted.traceId }), '');
  const leftSection = <IconExternalLink size={18} stroke={1.6} aria-hidden />;
  if (pasted.kind === 'page')
    return {
      id: 'page',
      label: t('palette.openPage', { path: pasted.path }),
      leftSection,
      onClick: () => navigate(pasted.path),
    };
  const { screen, query } = pasted;
  return {
    id: 'query',
    label: t('palette.openQuery', { screen: t(`nav.${screen}`) }),
    description: query.slice(0, 200),
    leftSection,
    onClick: () => goTo(`/explore/${screen}`, { q: query }),
  };
}

function traceAction(id: string, spanId: string | null, label: string, description: string): SpotlightActionData {
  return {
    id: `trace:${id}`,
    label,
    description,
    leftSection: <IconTimeline size={18} stroke={1.6} aria-hidden />,
    onClick: () => goTo(`/trace/${id}`, { span: spanId }),
  };
}

/** A command about time. */
function clocked<T extends object>(action: T): T & { readonly leftSection: ReactNode } {
  return { ...action, leftSection: <IconClock size={18} stroke={1.6} aria-hidden /> };
}

/** Ctrl+K: screens, services, commands, and whatever was pasted. Names are searchable in both languages. */
export function Palette({ onTheme, onLanguage, onShare, onHelp }: Props) {
  const { t, i18n } = useTranslation();
  const [query, setQuery] = useState('');
  const time = useTime();
  const services = useServices().data?.services ?? [];
  const pasted = useMemo(() => pastedIn(query, window.location.origin), [query]);
  const found = useFound(query, pasted);
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
  const groups: SpotlightActionGroupData[] = [
    ...(pasted === null ? [] : [foundGroup]),
    {
      group: t('palette.goTo'),
      actions: [
        ...screens.map(({ path, key, icon }) => ({ path, name: `nav.${key}` as const, icon })),
        ...alertPages
          .filter(({ key }) => key !== 'alerts')
          .map(({ path, key }) => ({ path, name: `alertPages.${key}` as const, icon: IconBell })),
      ]
        .map(({ path, name, icon: Icon }) => ({
          id: path,
          label: t(name),
          words: both(name),
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
        .flatMap(({ name }) => [
          {
            id: `service:${name}`,
            label: name,
            leftSection: <IconBox size={18} stroke={1.6} aria-hidden />,
            onClick: () => goTo(`/services/${encodeURIComponent(name)}`),
          },
          {
            id: `signals:${name}`,
            label: `${name} → ${t('signals.title')}`,
            leftSection: <IconLogs size={18} stroke={1.6} aria-hidden />,
            onClick: () => goTo(`/services/${encodeURIComponent(name)}/signals`),
          },
        ]),
    },
    ...(pasted === null ? [foundGroup] : []),
    {
      group: t('palette.actions'),
      actions: [
        command('theme', 'header.theme', onTheme),
        command('language', 'header.language', onLanguage),
        command('share', 'header.share', onShare),
        command('help', 'header.help', onHelp),
        clocked(command('quarter', 'palette.lastQuarter', () => time.setRange({ from: 'now-15m', to: 'now' }))),
        clocked(command('hour', 'palette.lastHour', () => time.setRange(defaultRange))),
        clocked(command('day', 'palette.lastDay', () => time.setRange({ from: 'now-24h', to: 'now' }))),
        clocked(command('undo', 'time.undo', time.undo)),
        clocked(command('zone', 'palette.utc', () => time.setZone(time.zone === 'utc' ? 'local' : 'utc'))),
        command('refresh', 'time.refresh', time.refresh),
        command('error-lines', 'palette.errorLines', () =>
          goTo('/explore/logs', { q: '{service=~".+"} | level=~"ERROR|CRITICAL|FATAL"' }),
        ),
        command('error-traces', 'palette.errorTraces', () => goTo('/explore/traces', { q: '{ status = error }' })),
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
