import { Button, Menu } from '@mantine/core';
import { IconArrowsSplit, IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { type CSSProperties, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useScope } from '../app/useServices.ts';
import { useChangeLabel, useChanges } from '../chart/ChangeLayer.tsx';
import { useFormats } from '../i18n/format.ts';
import { type Range, shiftRange } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { mostSteps, scrubPeriod, stepOf, windowAt, windowBeside } from './scrub.ts';

const mostListed = 8;
const mostMarked = 60;

/** Steps through time: the window before and after, any window around, and those before and after a change. */
export function MapTime() {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range, nowMs, zoomTo } = useTime();
  const [last, setLast] = useState<Range | null>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const period = scrubPeriod(range, nowMs, last);
  if (period !== last) setLast(period);
  const asked = { ...period, fromMs: Math.max(0, period.fromMs) };
  const changes = useChanges(useScope(), asked).filter(
    ({ timeMs }) => timeMs >= period.fromMs && timeMs <= period.toMs,
  );
  const labelOf = useChangeLabel();
  const step = dragged ?? stepOf(range, period);
  const shown = dragged === null ? range : windowAt(dragged, period);
  const said = `${formats.dateTime(shown.fromMs)} – ${formats.dateTime(shown.toMs)}`;
  const share = (ms: number): string => `${((ms - period.fromMs) / (period.toMs - period.fromMs)) * 100}%`;
  const band: CSSProperties = {
    left: share(shown.fromMs),
    right: `calc(100% - ${share(shown.toMs)})`,
  };
  const choose = (): void => {
    if (dragged !== null) zoomTo(windowAt(dragged, period));
    setDragged(null);
  };
  return (
    <fieldset className="map-time" aria-label={t('serviceMap.time.label')}>
      <IconButton label={t('serviceMap.time.previous')} onClick={() => zoomTo(shiftRange(range, -1, nowMs, 1))}>
        <IconChevronLeft size={16} aria-hidden />
      </IconButton>
      <div className="map-scrub">
        <div className="map-scrub-track">
          <span className="map-scrub-band" style={band} />
          {changes.slice(-mostMarked).map((one) => (
            <span
              key={one.id}
              className="map-scrub-change"
              style={{ left: share(one.timeMs) }}
              title={labelOf(one)}
              aria-hidden
            />
          ))}
        </div>
        <input
          type="range"
          min={0}
          max={mostSteps}
          step={1}
          value={step}
          aria-label={t('serviceMap.time.scrub')}
          aria-valuetext={said}
          title={said}
          onChange={(event) => setDragged(Number(event.currentTarget.value))}
          onPointerUp={choose}
          onKeyUp={choose}
          onBlur={choose}
        />
      </div>
      <IconButton
        label={t('serviceMap.time.next')}
        disabled={range.toMs >= nowMs}
        onClick={() => zoomTo(shiftRange(range, 1, nowMs, 1))}
      >
        <IconChevronRight size={16} aria-hidden />
      </IconButton>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <Button
            size="compact-sm"
            variant="default"
            disabled={changes.length === 0}
            leftSection={<IconArrowsSplit size={14} aria-hidden />}
          >
            {changes.length === 0 ? t('serviceMap.time.noChanges') : t('serviceMap.time.changes')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown maw={360}>
          {changes
            .slice(-mostListed)
            .toReversed()
            .flatMap((one) => [
              <Menu.Label key={one.id}>{labelOf(one)}</Menu.Label>,
              ...(['before', 'after'] as const).map((side) => (
                <Menu.Item
                  key={`${one.id} ${side}`}
                  onClick={() => zoomTo(windowBeside(one.timeMs, side, range, nowMs))}
                >
                  {t(`serviceMap.time.${side}`)}
                </Menu.Item>
              )),
            ])}
        </Menu.Dropdown>
      </Menu>
    </fieldset>
  );
}
