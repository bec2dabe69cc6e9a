import type { RunbookQuery } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { QueryGraph } from './QueryGraph.tsx';
import { QueryLines } from './QueryLines.tsx';
import { QueryTable } from './QueryTable.tsx';
import { QueryTraces } from './QueryTraces.tsx';

const screens = { promql: '/explore/metrics', logql: '/explore/logs', traceql: '/explore/traces' } as const;
const screenNames = { promql: 'nav.metrics', logql: 'nav.logs', traceql: 'nav.traces' } as const;

/** A query of the text with its answer for the page's time range. */
export function LiveQuery({ query: live }: { readonly query: RunbookQuery }) {
  const { t } = useTranslation();
  const { language, query, title, missing, problem } = live;
  const canAsk = missing.length === 0 && problem === '';
  return (
    <figure className="live-query">
      <figcaption>
        {title !== '' && <strong>{title}</strong>}
        <code className="live-query-text break">{query}</code>
        {canAsk && (
          <ScreenLink to={screens[language]} with={{ q: query }}>
            {t('actions.openIn', { screen: t(screenNames[language]) })}
          </ScreenLink>
        )}
      </figcaption>
      {problem !== '' && (
        <div className="note tone-warning break" role="status">
          {t('runbooks.cannotAsk', { problem })}
        </div>
      )}
      {problem === '' && missing.length > 0 && (
        <div className="note" role="status">
          {t('runbooks.missing', { labels: missing.join(', ') })}
        </div>
      )}
      {canAsk && <Answer query={live} />}
    </figure>
  );
}

function Answer({ query: { view, query, language } }: { readonly query: RunbookQuery }) {
  switch (view) {
    case 'graph':
      return <QueryGraph query={query} language={language} />;
    case 'table':
      return <QueryTable query={query} />;
    case 'lines':
      return <QueryLines query={query} />;
    case 'traces':
      return <QueryTraces query={query} />;
  }
}
