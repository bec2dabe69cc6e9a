import type { SloDetail } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { ScreenLink } from '../url/ScreenLink.tsx';

/** The window that stands in for the open one when an expression is looked at. */
const shownWindow = '5m';

/** What is counted, each expression leading to its graph. */
export function Expressions({ objective: { expressions } }: { readonly objective: SloDetail }) {
  const { t } = useTranslation();
  const { bad, total } = expressions;
  return (
    <dl className="slo-expressions">
      <Expression name={total === null ? t('slo.badShare') : t('slo.badOnes')} text={bad} />
      {total !== null && <Expression name={t('slo.allEvents')} text={total} />}
    </dl>
  );
}

function Expression({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt className="dim">{name}</dt>
      <dd>
        <ScreenLink
          to="/explore/metrics"
          with={{ q: text.replaceAll(/\$window|\{\{\s*\.window\s*\}\}/g, shownWindow) }}
          className="mono break"
        >
          {text.replaceAll(/\{\{\s*\.window\s*\}\}/g, '$window')}
        </ScreenLink>
      </dd>
    </div>
  );
}
