import type { MapEdge, ServiceMapAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { severityOf } from './visible.ts';

const orders = ['rate', 'errorRatio', 'p50Ms', 'p95Ms'] as const;
type Order = (typeof orders)[number];
const titles = { rate: 'rate', errorRatio: 'errors', p50Ms: 'p50', p95Ms: 'p95' } as const;

interface Props {
  readonly nodes: ServiceMapAnswer['nodes'];
  readonly edges: readonly MapEdge[];
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}

/** The calls of the map as rows; at phone width they are the map. */
export function EdgeTable({ nodes, edges, selected, onSelect }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [order, setOrder] = useState<Order>('rate');
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  const end = (id: string) => (
    <button type="button" className="text-button" onClick={() => onSelect(id)}>
      {names.get(id) ?? id}
    </button>
  );
  return (
    <div className="scroll-x">
      <table className="table map-table">
        <thead>
          <tr>
            <th>{t('serviceMap.from')}</th>
            <th>{t('serviceMap.to')}</th>
            {orders.map((name) => (
              <th
                key={name}
                className={name === 'p50Ms' ? 'right wide-cell' : 'right'}
                aria-sort={order === name ? 'descending' : 'none'}
              >
                <button type="button" className="th-button" onClick={() => setOrder(name)}>
                  {t(`serviceMap.${titles[name]}`)}
                  {order === name && ' ↓'}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {edges
            .toSorted((a, b) => b[order] - a[order])
            .map((edge) => {
              const severity = severityOf(edge.errorRatio);
              return (
                <tr
                  key={edge.from + edge.to + edge.kind}
                  data-marked={edge.from === selected || edge.to === selected || undefined}
                >
                  <td>{end(edge.from)}</td>
                  <td>
                    {end(edge.to)}{' '}
                    {edge.kind !== 'call' && <span className="dim">{t(`serviceMap.edgeKind.${edge.kind}`)}</span>}
                  </td>
                  <td className="right num">{formats.value(edge.rate, 'rps')}</td>
                  <td className={`right num ${severity === 'none' ? 'dim' : `tone-${severity}`}`}>
                    {formats.value(edge.errorRatio, 'ratio')}
                  </td>
                  <td className="right num wide-cell">{formats.duration(edge.p50Ms)}</td>
                  <td className="right num">{formats.duration(edge.p95Ms)}</td>
                </tr>
              );
            })}
        </tbody>
      </table>
    </div>
  );
}
