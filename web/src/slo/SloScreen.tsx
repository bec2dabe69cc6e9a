import { AlertPages } from '../app/AlertPages.tsx';

export function SloScreen() {
  return <AlertPages />;
}
