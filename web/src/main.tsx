import '@mantine/core/styles.css';
import '@mantine/spotlight/styles.css';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/screens.css';
import './styles/explore.css';
import './styles/logs.css';
import './styles/metrics.css';
import './styles/cardinality.css';
import './styles/alerts.css';
import './styles/on_call.css';
import './styles/slo.css';
import './styles/runbooks.css';
import './styles/drills.css';
import './styles/traces.css';
import './styles/trace.css';
import './styles/trace_search.css';
import './styles/service_map.css';
import './styles/signals.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { fromAlertmanagerHash } from './alerts/alertmanagerHash.ts';
import { App } from './app/App.tsx';
import { beginScreen } from './app/begin.ts';
import { startI18n } from './i18n/setup.ts';

const led = fromAlertmanagerHash(window.location.hash);
if (led !== null) window.history.replaceState(null, '', led);
beginScreen(window.location.pathname);
startI18n();
const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
