import { Redirect, Route, Switch } from 'wouter';
import { AlertsScreen } from './AlertsScreen.tsx';
import { HistoryScreen } from './past/HistoryScreen.tsx';
import { NoiseScreen } from './past/NoiseScreen.tsx';
import { WhyScreen } from './past/WhyScreen.tsx';
import { RoutesScreen } from './routing/RoutesScreen.tsx';
import { draftPage, rulePage } from './rulePath.ts';
import { DraftScreen } from './rules/DraftScreen.tsx';
import { RuleScreen } from './rules/RuleScreen.tsx';
import { RulesScreen } from './rules/RulesScreen.tsx';
import { SilenceFormScreen } from './silences/SilenceFormScreen.tsx';
import { SilencesScreen } from './silences/SilencesScreen.tsx';

/** Everything below `/alerts`. */
export function AlertsScreens() {
  return (
    <Switch>
      <Route path="/alerts">{() => <AlertsScreen />}</Route>
      <Route path="/alerts/silences">{() => <SilencesScreen />}</Route>
      <Route path="/alerts/silences/new">{() => <SilenceFormScreen />}</Route>
      <Route path="/alerts/routes">{() => <RoutesScreen />}</Route>
      <Route path="/alerts/rules">{() => <RulesScreen />}</Route>
      <Route path={draftPage}>{() => <DraftScreen />}</Route>
      <Route path={rulePage}>{() => <RuleScreen />}</Route>
      <Route path="/alerts/history">{() => <HistoryScreen />}</Route>
      <Route path="/alerts/noise">{() => <NoiseScreen />}</Route>
      <Route path="/alerts/why">{() => <WhyScreen />}</Route>
      <Route>{() => <Redirect to="/alerts" />}</Route>
    </Switch>
  );
}
