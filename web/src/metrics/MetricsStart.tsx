import { useTranslation } from 'react-i18next';
import { Empty } from '../states/States.tsx';
import { queryHistory } from './history.ts';

const examples = [
  'sum by (mode) (rate(node_cpu_seconds_total[1m]))',
  'node_memory_MemAvailable_bytes',
  'rate(node_network_receive_bytes_total[1m])',
  'up',
  'topk(5, sum by (path) (rate(http_requests_total[5m])))',
] as const;

const recentShown = 5;

/** Before the first query: what to do, and queries that answer on any install. */
export function MetricsStart({ onPick }: { readonly onPick: (query: string) => void }) {
  const { t } = useTranslation();
  const recent = queryHistory.read().slice(0, recentShown);
  return (
    <section className="panel">
      <Empty title={t('metrics.start')} height={260}>
        <div className="start">
          <p className="dim">{t('metrics.startHint')}</p>
          {recent.length > 0 && <div className="field-label">{t('metrics.recent')}</div>}
          {recent.map((query) => (
            <button type="button" key={query} className="menu-row mono" onClick={() => onPick(query)}>
              {query}
            </button>
          ))}
          <div className="field-label">{t('metrics.try')}</div>
          {examples.map((query) => (
            <button type="button" key={query} className="menu-row mono" onClick={() => onPick(query)}>
              {query}
            </button>
          ))}
        </div>
      </Empty>
    </section>
  );
}
