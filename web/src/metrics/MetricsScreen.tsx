import { Button, SegmentedControl, Select } from '@mantine/core';
import { IconLayoutSidebar, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useTitle } from '../app/useTitle.ts';
import { guessUnit, isUnit, units } from '../chart/units.ts';
import { LazyEditor } from '../editor/LazyEditor.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { useView } from '../url/view.ts';
import { GraphResult } from './GraphResult.tsx';
import { MetricBrowser } from './MetricBrowser.tsx';
import { MetricsStart } from './MetricsStart.tsx';
import { TableResult } from './TableResult.tsx';

/** Explore metrics: a PromQL box, the graph or table it yields, and the list of metrics beside it. */
export function MetricsScreen() {
  const { t } = useTranslation();
  const view = useView();
  const time = useTime();
  const query = view.params.get('q') ?? '';
  const tab = view.params.get('tab') === 'table' ? 'table' : 'graph';
  const unitParam = view.params.get('unit');
  const unit = isUnit(unitParam) ? unitParam : 'auto';
  const browser = view.params.get('browser') !== 'off';
  const [text, setText] = useState(query);
  useEffect(() => setText(query), [query]);
  useTitle(query, t('metrics.title'));
  const run = (next: string): void => {
    if (next.trim() === query) time.refresh();
    else view.set({ q: next.trim() });
  };
  return (
    <div className="explore" data-browser={browser || undefined}>
      {browser && <MetricBrowser onPick={(expression) => run(expression)} />}
      <div className="explore-main">
        <h1 className="visually-hidden">{t('metrics.title')}</h1>
        <div className="query-bar">
          <IconButton
            label={browser ? t('metrics.hideBrowser') : t('metrics.showBrowser')}
            active={browser}
            onClick={() => view.set({ browser: browser ? 'off' : null }, { replace: true })}
          >
            <IconLayoutSidebar size={17} aria-hidden />
          </IconButton>
          <LazyEditor
            language="promql"
            value={text}
            label="PromQL"
            placeholder={t('metrics.placeholder')}
            range={time.range}
            onChange={setText}
            onRun={run}
          />
          <Button size="sm" leftSection={<IconPlayerPlayFilled size={13} aria-hidden />} onClick={() => run(text)}>
            {t('metrics.run')}
          </Button>
        </div>
        {query === '' ? (
          <MetricsStart onPick={run} />
        ) : (
          <section className="panel">
            <div className="panel-head">
              <SegmentedControl
                size="xs"
                value={tab}
                onChange={(next) => view.set({ tab: next === 'graph' ? null : next })}
                data={[
                  { value: 'graph', label: t('metrics.graph') },
                  { value: 'table', label: t('metrics.table') },
                ]}
              />
              <Select
                size="xs"
                w={150}
                aria-label={t('metrics.unit')}
                allowDeselect={false}
                data={units.map((value) => ({ value, label: t(`metrics.units.${value}`) }))}
                value={unit}
                onChange={(next) => view.set({ unit: next === 'auto' ? null : next }, { replace: true })}
              />
            </div>
            {tab === 'graph' ? (
              <GraphResult query={query} unit={unit === 'auto' ? guessUnit(query) : unit} onQuery={run} />
            ) : (
              <TableResult query={query} unit={unit === 'auto' ? guessUnit(query) : unit} onQuery={run} />
            )}
          </section>
        )}
      </div>
    </div>
  );
}
