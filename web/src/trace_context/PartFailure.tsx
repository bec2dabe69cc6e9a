import { useTranslation } from 'react-i18next';
import { PartialNote } from '../states/States.tsx';

/** Why one part of what is around a trace could not be had; nothing when it could. */
export function PartFailure({ failure }: { readonly failure: { readonly message: string } | null }) {
  const { t } = useTranslation();
  return failure === null ? null : <PartialNote warnings={[t('context.failed', { reason: failure.message })]} />;
}
