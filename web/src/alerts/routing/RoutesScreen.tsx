import { useTranslation } from 'react-i18next';
import { AlertPages } from '../../app/AlertPages.tsx';
import { useTitle } from '../../app/useTitle.ts';
import { fetchAlertRoutes, fetchReceivers, testRoutes } from '../../data/alertPast.ts';
import { fetchAlertsNow } from '../../data/alerts.ts';
import { useOnCall } from '../../on_call/useOnCall.ts';
import { Panel } from '../../states/Panel.tsx';
import { Answered } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { useView } from '../../url/view.ts';
import { labelsOf, readMatchers } from '../labels/matchers.ts';
import { ReceiverList } from './ReceiverList.tsx';
import { RouteTester } from './RouteTester.tsx';
import { RouteTree } from './RouteTree.tsx';
import { onTheWay, receiverRows, routeRows } from './routeRows.ts';

const everything = { matchers: [], text: '' };

/** The tree of routes, what each tells now, and which of them an alert would take; receivers to be tried. */
export function RoutesScreen() {
  const { t } = useTranslation();
  const { nowMs } = useTime();
  const { params, set } = useView();
  useTitle(t('routing.title'));
  const written = params.get('labels') ?? '';
  const read = readMatchers(written);
  const labels = read === null ? null : labelsOf(read);
  const routes = useAnswer({ subject: ['alert-routes'], at: [nowMs], ask: fetchAlertRoutes });
  const receivers = useAnswer({ subject: ['receivers'], at: [nowMs], ask: fetchReceivers });
  const people = useOnCall().data?.people ?? [];
  const groups = useAnswer({
    subject: ['alerts-now', everything],
    at: [nowMs],
    ask: (signal) => fetchAlertsNow(everything, signal),
  });
  const tested = useAnswer({
    subject: ['route-test', written],
    at: [nowMs],
    ask: () => testRoutes(labels ?? {}),
    enabled: labels !== null && written !== '',
  });
  const way = tested.data === undefined ? null : onTheWay(tested.data.routes);
  const pointed = params.get('at');
  return (
    <div className="alerts">
      <AlertPages />
      <div className="screen-head">
        <h1>{t('routing.title')}</h1>
      </div>
      <Panel title={t('routing.test')}>
        <RouteTester
          value={written}
          wrong={written !== '' && labels === null}
          answer={written === '' || labels === null ? null : tested}
          onChange={(text) => set({ labels: text, at: null }, { replace: true })}
        />
      </Panel>
      <Panel title={t('routing.tree')}>
        <Answered answer={routes} height={160}>
          {(found) => (
            <RouteTree
              rows={routeRows(found, groups.data?.groups ?? [])}
              way={way}
              taken={tested.data}
              pointed={pointed}
            />
          )}
        </Answered>
      </Panel>
      <Panel title={t('routing.receivers')}>
        <Answered answer={receivers} height={80}>
          {(names) => <ReceiverList rows={receiverRows(names, routes.data ?? { routes: [] }, people)} />}
        </Answered>
      </Panel>
    </div>
  );
}
