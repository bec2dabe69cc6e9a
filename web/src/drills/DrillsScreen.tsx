import { AlertPages } from '../app/AlertPages.tsx';

export function DrillsScreen() {
  return <AlertPages />;
}
