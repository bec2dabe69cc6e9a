import { Menu } from '@mantine/core';
import { IconDiamond, IconFilter } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { PointClick } from '../chart/Chart.tsx';
import { PointMenu } from '../chart/PointMenu.tsx';
import { seriesName } from '../chart/series.ts';
import type { Unit } from '../chart/units.ts';
import type { Labels } from '../data/prometheus.ts';
import { useFormats } from '../i18n/format.ts';
import { goTo } from '../url/view.ts';
import type { Exemplar } from './exemplars.ts';

interface Props {
  readonly point: PointClick;
  /** Of the series that was clicked. */
  readonly labels: Labels | null;
  readonly service: string | null;
  readonly exemplars: readonly Exemplar[];
  readonly unit: Unit;
  readonly onQuery: (query: string) => void;
  readonly onClose: () => void;
}

const nearMs = 60_000;
const offered = 3;

/** What a point of a series leads to: besides its minute's logs and traces the traces of its exemplars and its own series. */
export function SeriesMenu({ point, labels, service, exemplars, unit, onQuery, onClose }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const distance = (one: Exemplar): number => Math.abs(one.ms - point.ms);
  const near = exemplars
    .filter((one) => distance(one) <= nearMs)
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, offered);
  const selects = labels?.__name__ === undefined ? null : seriesName(labels);
  return (
    <PointMenu point={point} service={service} onClose={onClose}>
      {near.map((one) => (
        <Menu.Item
          key={`${one.traceId} ${one.ms}`}
          leftSection={<IconDiamond size={15} aria-hidden />}
          onClick={() => goTo(`/trace/${one.traceId}`, { span: one.spanId })}
        >
          {t('metrics.exemplar', { value: formats.value(one.value, unit), time: formats.clock(one.ms) })}
        </Menu.Item>
      ))}
      {selects !== null && (
        <Menu.Item leftSection={<IconFilter size={15} aria-hidden />} onClick={() => onQuery(selects)}>
          {t('metrics.onlySeries')}
        </Menu.Item>
      )}
    </PointMenu>
  );
}
