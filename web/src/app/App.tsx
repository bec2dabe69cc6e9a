import { createTheme, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Route, Switch } from 'wouter';
import { HomeScreen } from '../home/HomeScreen.tsx';
import { runbookNameIn } from '../runbooks/runbookPath.ts';
import { Boundary } from '../states/Boundary.tsx';
import { Empty, Loading } from '../states/States.tsx';
import { TimeProvider } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { namedIn } from '../url/view.ts';
import { Frame } from './Frame.tsx';
import { queryClient } from './queryClient.ts';
import { ShortcutProvider } from './Shortcuts.tsx';
import { ToastProvider } from './Toasts.tsx';

const MetricsScreen = lazy(async () => ({ default: (await import('../metrics/MetricsScreen.tsx')).MetricsScreen }));
const LogsScreen = lazy(async () => ({ default: (await import('../logs/LogsScreen.tsx')).LogsScreen }));
const TracesScreen = lazy(async () => ({ default: (await import('../traces/TracesScreen.tsx')).TracesScreen }));
const ServiceMapScreen = lazy(async () => ({
  default: (await import('../service_map/ServiceMapScreen.tsx')).ServiceMapScreen,
}));
const TraceScreen = lazy(async () => ({ default: (await import('../trace/TraceScreen.tsx')).TraceScreen }));
const ServiceScreen = lazy(async () => ({ default: (await import('../services/ServiceScreen.tsx')).ServiceScreen }));
const SignalsScreen = lazy(async () => ({ default: (await import('../services/SignalsScreen.tsx')).SignalsScreen }));
const CardinalityScreen = lazy(async () => ({
  default: (await import('../cardinality/CardinalityScreen.tsx')).CardinalityScreen,
}));
const AlertsScreens = lazy(async () => ({ default: (await import('../alerts/AlertsScreens.tsx')).AlertsScreens }));
const OnCallScreen = lazy(async () => ({ default: (await import('../on_call/OnCallScreen.tsx')).OnCallScreen }));
const SloScreen = lazy(async () => ({ default: (await import('../slo/SloScreen.tsx')).SloScreen }));
const ObjectiveScreen = lazy(async () => ({ default: (await import('../slo/ObjectiveScreen.tsx')).ObjectiveScreen }));
const ProofScreen = lazy(async () => ({ default: (await import('../drills/ProofScreen.tsx')).ProofScreen }));
const DrillsScreen = lazy(async () => ({ default: (await import('../drills/DrillsScreen.tsx')).DrillsScreen }));
const DrillScreen = lazy(async () => ({ default: (await import('../drills/DrillScreen.tsx')).DrillScreen }));
const RunbooksScreen = lazy(async () => ({ default: (await import('../runbooks/RunbooksScreen.tsx')).RunbooksScreen }));
const RunbookScreen = lazy(async () => ({ default: (await import('../runbooks/RunbookScreen.tsx')).RunbookScreen }));
const DataScreen = lazy(async () => ({ default: (await import('../arrivals/DataScreen.tsx')).DataScreen }));

const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  primaryColor: 'blue',
  colors: {
    dark: [
      '#dfe5ee',
      '#b8c1cf',
      '#98a3b3',
      '#6d7888',
      '#3a4452',
      '#2b3340',
      '#1c222b',
      '#161a21',
      '#0f1217',
      '#0b0e12',
    ],
  },
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 6,
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  fontSizes: { xs: '12px', sm: '13px' },
});

function NotFound() {
  const { t } = useTranslation();
  return (
    <Empty title={t('states.notFound')} height={300}>
      <ScreenLink to="/">{t('states.goHome')}</ScreenLink>
    </Empty>
  );
}

function Screens() {
  return (
    <Suspense fallback={<Loading height={300} />}>
      <Switch>
        <Route path="/">
          {() => (
            <Boundary key="home">
              <HomeScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/explore/metrics">
          {() => (
            <Boundary key="metrics">
              <MetricsScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/explore/logs">
          {() => (
            <Boundary key="logs">
              <LogsScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/explore/traces">
          {() => (
            <Boundary key="traces">
              <TracesScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/map">
          {() => (
            <Boundary key="map">
              <ServiceMapScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/trace/:id">
          {({ id }) => (
            <Boundary key={id}>
              <TraceScreen id={id} />
            </Boundary>
          )}
        </Route>
        <Route path="/services/:name/signals">
          {() => {
            const name = namedIn(window.location.pathname);
            return (
              <Boundary key={name}>
                <SignalsScreen name={name} />
              </Boundary>
            );
          }}
        </Route>
        <Route path="/services/:name">
          {() => {
            const name = namedIn(window.location.pathname);
            return (
              <Boundary key={name}>
                <ServiceScreen name={name} />
              </Boundary>
            );
          }}
        </Route>
        <Route path="/data/cardinality">
          {() => (
            <Boundary key="cardinality">
              <CardinalityScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/alerts/*?">
          {() => (
            <Boundary key="alerts">
              <AlertsScreens />
            </Boundary>
          )}
        </Route>
        <Route path="/on-call">
          {() => (
            <Boundary key="on-call">
              <OnCallScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/slo">
          {() => (
            <Boundary key="slo">
              <SloScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/slo/:name">
          {() => {
            const name = namedIn(window.location.pathname);
            return (
              <Boundary key={name}>
                <ObjectiveScreen name={name} />
              </Boundary>
            );
          }}
        </Route>
        <Route path="/proof">
          {() => (
            <Boundary key="proof">
              <ProofScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/drills">
          {() => (
            <Boundary key="drills">
              <DrillsScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/drills/:id">
          {({ id }) => (
            <Boundary key={id}>
              <DrillScreen id={id} />
            </Boundary>
          )}
        </Route>
        <Route path="/runbooks">
          {() => (
            <Boundary key="runbooks">
              <RunbooksScreen />
            </Boundary>
          )}
        </Route>
        <Route path="/runbooks/*">
          {() => {
            const name = runbookNameIn(window.location.pathname);
            return (
              <Boundary key={name}>
                <RunbookScreen name={name} />
              </Boundary>
            );
          }}
        </Route>
        <Route path="/data">
          {() => (
            <Boundary key="data">
              <DataScreen />
            </Boundary>
          )}
        </Route>
        <Route>{() => <NotFound />}</Route>
      </Switch>
    </Suspense>
  );
}

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <TimeProvider>
          <ToastProvider>
            <ShortcutProvider>
              <Frame>
                <Screens />
              </Frame>
            </ShortcutProvider>
          </ToastProvider>
        </TimeProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
