import { AlertPages } from '../app/AlertPages.tsx';

export function DrillScreen({ id }: { readonly id: string }) {
  return (
    <>
      <AlertPages />
      {id}
    </>
  );
}
