import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { IconBraces, IconDownload, IconSearch, IconSitemap } from '@tabler/icons-react';
import type { ServiceMapAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { layouts } from './layout.ts';
import { saveDot, saveJson, saveSvg } from './saveMap.ts';
import { depths, type MapView, nodeKinds } from './useMapView.ts';
import type { VisibleMap } from './visible.ts';

interface Props {
  readonly view: MapView;
  readonly map: ServiceMapAnswer;
  readonly shown: VisibleMap;
  readonly focus: string | null;
}

/** What of the map is drawn and how. */
export function MapToolbar({ view, map, shown, focus }: Props) {
  const { t } = useTranslation();
  const whole = '';
  const { text, kind, failing } = view.filter;
  return (
    <div className="map-toolbar">
      <TextInput
        size="xs"
        w={220}
        leftSection={<IconSearch size={14} aria-hidden />}
        aria-label={t('serviceMap.search')}
        placeholder={t('serviceMap.search')}
        value={text}
        data-main-search
        onChange={(event) => view.set({ find: event.currentTarget.value }, { replace: true })}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          const words = text.trim().toLowerCase();
          const found = map.nodes.find(({ name }) => words !== '' && name.toLowerCase().includes(words));
          if (found !== undefined) view.set({ focus: found.id, node: found.id });
        }}
      />
      <Select
        size="xs"
        w={140}
        clearable
        aria-label={t('serviceMap.anyKind')}
        placeholder={t('serviceMap.anyKind')}
        data={nodeKinds.map((value) => ({ value, label: t(`serviceMap.kind.${value}`) }))}
        value={kind}
        onChange={(value) => view.set({ kind: value }, { replace: true })}
      />
      <Button
        size="xs"
        variant={failing ? 'light' : 'default'}
        aria-pressed={failing}
        onClick={() => view.set({ errors: failing ? null : 'only' }, { replace: true })}
      >
        {t('serviceMap.errorsOnly')}
      </Button>
      <Select
        size="xs"
        w={210}
        searchable
        allowDeselect={false}
        aria-label={t('serviceMap.focus')}
        data={[
          { value: whole, label: t('serviceMap.wholeMap') },
          ...map.nodes.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        value={focus ?? whole}
        onChange={(id) => view.set({ focus: id === null || id === whole ? 'all' : id })}
      />
      {focus !== null && (
        <SegmentedControl
          size="xs"
          aria-label={t('serviceMap.depth')}
          value={String(view.depth)}
          onChange={(depth) => view.set({ depth }, { replace: true })}
          data={depths.map((depth) => ({ value: String(depth), label: t('serviceMap.depthOf', { count: depth }) }))}
        />
      )}
      <Select
        size="xs"
        w={160}
        className="map-wide"
        allowDeselect={false}
        aria-label={t('serviceMap.layout')}
        data={layouts.map((value) => ({ value, label: t(`serviceMap.layouts.${value}`) }))}
        value={view.layout}
        onChange={(layout) => view.set({ layout: layout === 'right' ? null : layout }, { replace: true })}
      />
      {(shown.folded > 0 || view.rare) && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => view.set({ rare: view.rare ? null : 'show' }, { replace: true })}
        >
          {view.rare ? t('serviceMap.weakHide') : t('serviceMap.weakFolded', { count: shown.folded })}
        </Button>
      )}
      <span className="dim num map-count">
        {shown.nodes.length < map.nodes.length
          ? t('serviceMap.shownOf', { shown: shown.nodes.length, total: map.nodes.length })
          : t('serviceMap.counted', { count: map.nodes.length })}
      </span>
      <span className="map-wide">
        <IconButton label={t('serviceMap.svg')} onClick={saveSvg}>
          <IconDownload size={16} aria-hidden />
        </IconButton>
        <IconButton label={t('serviceMap.json')} onClick={() => saveJson(map)}>
          <IconBraces size={16} aria-hidden />
        </IconButton>
        <IconButton label={t('serviceMap.dot')} onClick={() => saveDot(map)}>
          <IconSitemap size={16} aria-hidden />
        </IconButton>
      </span>
    </div>
  );
}
