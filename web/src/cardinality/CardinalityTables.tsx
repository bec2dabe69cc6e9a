import { IconActivity } from '@tabler/icons-react';
import type { CardinalityAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { selector } from '../metrics/defaultExpression.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { CostPanel } from './CostPanel.tsx';
import { CountTable } from './CountTable.tsx';
import type { Narrowing } from './narrowing.ts';
import { RuleButton } from './RuleButton.tsx';
import type { RuleSubject } from './relabelRule.ts';

interface Props {
  readonly data: CardinalityAnswer;
  readonly narrowing: Narrowing;
  readonly onNarrow: (change: Partial<Narrowing>) => void;
}

/** The lists: values of the chosen label, metrics, labels, pairs, services. */
export function CardinalityTables({ data, narrowing, onNarrow }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const metric = narrowing.metric === '' ? undefined : narrowing.metric;
  const share = (series: number): number => (data.series === 0 ? 0 : series / data.series);
  const rest = (all: number, shown: number): string | null =>
    all > shown ? t('cardinality.more', { count: all - shown }) : null;
  const drill = (text: string, change: Partial<Narrowing>) => (
    <button type="button" className="text-button mono" onClick={() => onNarrow(change)}>
      {text}
    </button>
  );
  const shareLabel = t('cardinality.share');
  return (
    <div className="cardinality-tables">
      {narrowing.label !== '' && (
        <CountTable
          title={t('cardinality.values', { label: narrowing.label })}
          columns={[t('cardinality.value'), t('cardinality.series')]}
          shareLabel={shareLabel}
          rest={rest(data.valueCount, data.values.length)}
          rows={data.values.map(({ value, series }) => ({
            key: value,
            name: <span className="mono">{value}</span>,
            figures: [formats.integer(series)],
            share: share(series),
            tools: <Tools subject={{ metric, label: narrowing.label, value }} />,
          }))}
        />
      )}
      {metric === undefined && (
        <CountTable
          title={t('cardinality.metrics')}
          columns={[t('cardinality.metric'), t('cardinality.series'), t('cardinality.newColumn')]}
          shareLabel={shareLabel}
          rest={rest(data.metricCount, data.metrics.length)}
          rows={data.metrics.map(({ name, series, created }) => ({
            key: name,
            name: drill(name, { metric: name }),
            figures: [formats.integer(series), formats.integer(created)],
            share: share(series),
            tools: <Tools subject={{ metric: name }} />,
          }))}
        />
      )}
      <CountTable
        title={t('cardinality.labels')}
        columns={[t('cardinality.label'), t('cardinality.valuesColumn'), t('cardinality.series')]}
        shareLabel={shareLabel}
        rest={rest(data.labelCount, data.labels.length)}
        rows={data.labels.map(({ name, values, series }) => ({
          key: name,
          name: drill(name, { label: name }),
          figures: [formats.integer(values), formats.integer(series)],
          share: share(values),
          tools: <Tools subject={{ metric, label: name }} />,
        }))}
      />
      <CountTable
        title={t('cardinality.pairs')}
        columns={[t('cardinality.pair'), t('cardinality.series')]}
        shareLabel={shareLabel}
        rest={null}
        rows={data.pairs.map(({ name, value, series }) => ({
          key: `${name}=${value}`,
          name: drill(`${name}="${value}"`, { label: name }),
          figures: [formats.integer(series)],
          share: share(series),
          tools: <Tools subject={{ metric, label: name, value }} />,
        }))}
      />
      {narrowing.service === '' && metric === undefined && narrowing.label === '' && <CostPanel onNarrow={onNarrow} />}
      {narrowing.service === '' && (metric !== undefined || narrowing.label !== '') && (
        <CountTable
          title={t('cardinality.service')}
          columns={[t('cardinality.service'), t('cardinality.series')]}
          shareLabel={shareLabel}
          rest={null}
          rows={data.services.map(({ name, series }) => ({
            key: name,
            name:
              name === '' ? <span className="dim">{t('cardinality.noService')}</span> : drill(name, { service: name }),
            figures: [formats.integer(series)],
            share: share(series),
            tools: null,
          }))}
        />
      )}
    </div>
  );
}

/** The query that shows a row's series, and the rule that takes them away. */
function Tools({ subject }: { readonly subject: RuleSubject }) {
  const { t } = useTranslation();
  return (
    <>
      <ScreenLink
        to="/explore/metrics"
        with={{ q: queryOf(subject), tab: 'table' }}
        className="tool-link"
        title={t('cardinality.explore')}
        aria-label={`${t('cardinality.explore')}: ${subject.value ?? subject.label ?? subject.metric ?? ''}`}
      >
        <IconActivity size={15} aria-hidden />
      </ScreenLink>
      <RuleButton subject={subject} />
    </>
  );
}

/** How many series there are by what the row speaks of. */
function queryOf({ metric, label, value }: RuleSubject): string {
  const matchers = [
    ...(metric === undefined ? [] : [`__name__=${JSON.stringify(metric)}`]),
    ...(label === undefined
      ? []
      : [value === undefined ? `${labelName(label)}!=""` : `${labelName(label)}=${JSON.stringify(value)}`]),
  ];
  if (label === undefined && metric !== undefined) return `count(${selector(metric)})`;
  const by = value === undefined && label !== undefined ? labelName(label) : '__name__';
  return `topk(50, count by (${by}) ({${matchers.join(', ')}}))`;
}

const labelName = (name: string): string => (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name));
