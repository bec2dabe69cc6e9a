import { useTranslation } from 'react-i18next';
import { metricNames } from '../data/prometheus.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { serviceMetricQuery } from './serviceMetricQuery.ts';

/** The metrics that carry the service's name, each a link to its graph. */
export function ServiceMetrics({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  const value = JSON.stringify(name);
  const answer = useAnswer({
    subject: ['service-metrics', name],
    at: [],
    ask: async (signal) => {
      const [own, scraped] = await Promise.all([
        metricNames([`{service=${value}}`], signal),
        metricNames([`{job=${value}}`], signal),
      ]);
      return [
        ...own.map((metric) => ({ metric, label: 'service' })),
        ...scraped.filter((metric) => !own.includes(metric)).map((metric) => ({ metric, label: 'job' })),
      ];
    },
  });
  return (
    <Panel title={t('service.metrics')}>
      <Answered answer={answer} height={80}>
        {(metrics) =>
          metrics.length === 0 ? (
            <Empty title={t('service.noMetrics')} height={80} />
          ) : (
            <div className="chip-cloud">
              {metrics.slice(0, 200).map(({ metric, label }) => (
                <ScreenLink
                  key={metric}
                  to="/explore/metrics"
                  with={{ q: serviceMetricQuery(metric, label, name) }}
                  className="chip mono"
                >
                  {metric}
                </ScreenLink>
              ))}
            </div>
          )
        }
      </Answered>
    </Panel>
  );
}
