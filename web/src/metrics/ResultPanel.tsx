import { SegmentedControl, Select } from '@mantine/core';
import { IconDiamond } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { guessUnit, isUnit, type Unit, units } from '../chart/units.ts';
import { useView } from '../url/view.ts';
import { comparisonOf, comparisons } from './compare.ts';
import { ExplainResult } from './ExplainResult.tsx';
import type { AskedRow } from './formula.ts';
import { GraphResult, type GraphStyle, type ResultProps } from './GraphResult.tsx';
import { HeatResult } from './HeatResult.tsx';
import { TableResult } from './TableResult.tsx';

const tabs = ['graph', 'table', 'heatmap', 'explain'] as const;
type Tab = (typeof tabs)[number];
const styles: readonly GraphStyle[] = ['line', 'area', 'bars'];

/** The unit all queries agree on, else none. */
function unitOf(rows: readonly AskedRow[]): Unit {
  const all = new Set(rows.map(({ query }) => guessUnit(query)));
  return all.size === 1 ? ([...all][0] ?? 'short') : 'short';
}

/** What the queries yield, in the form of the chosen tab. */
export function ResultPanel({ rows, onQuery, onRemarks }: Omit<ResultProps, 'unit'>) {
  const { t } = useTranslation();
  const view = useView();
  const tab: Tab = tabs.find((one) => one === view.params.get('tab')) ?? 'graph';
  const unitParam = view.params.get('unit');
  const unit = isUnit(unitParam) ? unitParam : 'auto';
  const style = styles.find((one) => one === view.params.get('style')) ?? 'line';
  const comparison = comparisonOf(view.params.get('vs'));
  const exemplars = view.params.get('exemplars') !== 'off';
  const set = (name: string, value: string | null, plain: string): void =>
    view.set({ [name]: value === plain ? null : value }, { replace: true });
  const props = { rows, unit: unit === 'auto' ? unitOf(rows) : unit, onQuery, onRemarks };
  return (
    <section className="panel">
      <div className="panel-head result-head">
        <SegmentedControl
          size="xs"
          aria-label={t('metrics.tabs')}
          value={tab}
          onChange={(next) => view.set({ tab: next === 'graph' ? null : next })}
          data={tabs.map((value) => ({ value, label: t(`metrics.${value}`) }))}
        />
        <div className="panel-tools">
          {tab === 'graph' && (
            <>
              <IconButton
                label={t('metrics.exemplars')}
                active={exemplars}
                onClick={() => set('exemplars', exemplars ? 'off' : 'on', 'on')}
              >
                <IconDiamond size={16} aria-hidden />
              </IconButton>
              <Select
                size="xs"
                w={170}
                aria-label={t('metrics.compareLabel')}
                allowDeselect={false}
                data={comparisons.map((value) => ({ value, label: t(`metrics.compare.${value}`) }))}
                value={comparison}
                onChange={(next) => set('vs', next, 'off')}
              />
              <Select
                size="xs"
                w={130}
                aria-label={t('metrics.styleLabel')}
                allowDeselect={false}
                data={styles.map((value) => ({ value, label: t(`metrics.style.${value}`) }))}
                value={style}
                onChange={(next) => set('style', next, 'line')}
              />
            </>
          )}
          {tab !== 'explain' && (
            <Select
              size="xs"
              w={140}
              aria-label={t('metrics.unit')}
              allowDeselect={false}
              data={units.map((value) => ({ value, label: t(`metrics.units.${value}`) }))}
              value={unit}
              onChange={(next) => set('unit', next, 'auto')}
            />
          )}
        </div>
      </div>
      {tab === 'graph' && <GraphResult {...props} style={style} comparison={comparison} withExemplars={exemplars} />}
      {tab === 'table' && <TableResult {...props} />}
      {tab === 'heatmap' && <HeatResult {...props} />}
      {tab === 'explain' && <ExplainResult {...props} />}
    </section>
  );
}
