import { AlertPages } from '../app/AlertPages.tsx';

export function ObjectiveScreen({ name }: { readonly name: string }) {
  return (
    <>
      <AlertPages />
      {name}
    </>
  );
}
