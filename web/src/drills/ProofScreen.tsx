import { AlertPages } from '../app/AlertPages.tsx';

export function ProofScreen() {
  return <AlertPages />;
}
